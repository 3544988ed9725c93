namespace ThrottleNet.Real.Tests.Hostile;

/// <summary>
/// Tests that run one by one and beside no others. Each opens thousands of connections: two at once would need more descriptors than this process may have, and
/// what they send fills the kernel's memory for TCP, so that other tests' connections stand still.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CrowdCollection
{
    internal const string Name = "crowds";
}
