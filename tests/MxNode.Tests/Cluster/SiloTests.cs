namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>
/// Tests that start silos run after all others and one by one: silos declare a member dead that does not answer a probe within a second, by the machine's
/// time, and on a machine that many tests share each of them would.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SiloTests
{
    public const string Name = "silos";
}
