namespace ThrottleNet.Real.Tests.Hostile;

/// <summary>Tests that run one by one, because each opens thousands of connections: two at once would need more descriptors than this process may have.</summary>
[CollectionDefinition(Name)]
public sealed class CrowdCollection
{
    internal const string Name = "crowds";
}
