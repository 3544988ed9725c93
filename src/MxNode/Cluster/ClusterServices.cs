using ThrottleNet.Cluster;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Wires the cluster into the node. A node without one gets none of it.</summary>
internal static class ClusterServices
{
    private const string IncarnationName = "cluster.incarnation";

    // Attempts are decided so much before the session's own hold ends.
    private const int Margin = 50;

    public static IServiceCollection AddCluster(this IServiceCollection services, ClusterOptions options, ThrottleOptions throttle, string dataDirectory) => !options.IsOn ? services : services
        .AddSingleton(options)
        .AddSingleton(new ClusterSettings(options.Name!, options.Shards, Math.Max(0, (int)throttle.Hold.TotalMilliseconds - Margin), (int)options.Poll.TotalMilliseconds))
        .AddSingleton(new FaultTolerance(options.Name!, 0))
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<NodeStart>(
            provider, new EpochFile(Path.Combine(dataDirectory, IncarnationName), provider.GetRequiredService<TimeProvider>())))
        .AddSingleton<ClusterInputs>()
        .AddSingleton<ClusterCounts>()
        .AddSingleton<ISharedCounts>(provider => provider.GetRequiredService<ClusterCounts>())
        .AddSingleton<IHoldGate>(provider => provider.GetRequiredService<ClusterCounts>())
        .AddSingleton<NodeView>()
        .AddSingleton<AttemptTable>()
        .AddSingleton<ClusterLog>()
        .AddSingleton<ClusterState>()
        .AddSingleton<ShardOwners>()
        .AddSingleton<ShardCalls>()
        .AddSingleton<CopyWork>()
        .AddSingleton<ClusterLoop>()
        .AddSingleton<SiloFactory>()
        .AddSingleton<SiloWatch>()
        .AddSingleton<SiloKeeper>()
        .AddSingleton<Departure>()
        .AddHostedService<ClusterService>();
}
