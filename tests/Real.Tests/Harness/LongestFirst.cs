using ThrottleNet.Real.Tests.Clients;
using ThrottleNet.Real.Tests.Cluster;
using ThrottleNet.Real.Tests.Dashboard;
using ThrottleNet.Real.Tests.Exchange;
using ThrottleNet.Real.Tests.Guard;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Hostile;
using ThrottleNet.Real.Tests.Load;
using ThrottleNet.Real.Tests.Mail;
using ThrottleNet.Real.Tests.Packages;
using ThrottleNet.Real.Tests.Senders;
using ThrottleNet.Real.Tests.Tls;
using Xunit.Abstractions;

// Three classes on two cores: most tests wait for other programs most of the time.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
[assembly: TestCollectionOrderer(LongestFirst.TypeName, LongestFirst.AssemblyName)]

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>Starts the classes that take minutes before all others, so that at the end none of them runs alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    internal const string TypeName = "ThrottleNet.Real.Tests.Harness.LongestFirst";
    internal const string AssemblyName = "ThrottleNet.Real.Tests";

    private static readonly string[] Longest =
    [
        nameof(DefaultSenderTests), ReleaseFiles.Collection, nameof(ClusterSprayTests), nameof(DashboardBrowserTests), nameof(SprayedBurstTests), nameof(RelayTlsTests),
        nameof(ChaosTests), CrowdCollection.Name, nameof(PostfixCaseTests), nameof(SwaksTests), nameof(GuardTests), nameof(HostileBytesTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(Place).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);

    private static int Place(ITestCollection collection) =>
        Array.FindIndex(Longest, name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal)) is >= 0 and var place ? place : Longest.Length;
}
