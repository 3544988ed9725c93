using Microsoft.Extensions.DependencyInjection.Extensions;
using ThrottleNet.Cluster;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.MxNode.Cluster.Feed;
using ThrottleNet.MxNode.Cluster.Members;
using ThrottleNet.MxNode.Cluster.News;
using ThrottleNet.MxNode.Cluster.Zone;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust.Feed;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Wires the cluster into the node. A node without one gets none of it.</summary>
internal static class ClusterServices
{
    private const string IncarnationName = "cluster.incarnation";

    // Decisions of a tenth of a second.
    private const int MostRetries = 50_000;

    // Cards that wait to be sent: one a second, and only when it changes.
    private const int MostCards = 100;

    // Attempts are decided so much before the session's own hold ends.
    private const int Margin = 50;

    public static IServiceCollection AddCluster(this IServiceCollection services, ClusterOptions options, ExchangeOptions exchange, ThrottleOptions throttle, string dataDirectory) => !options.IsOn ? services : services
        .AddGateway(exchange)
        .AddSingleton(options)
        .AddSingleton(provider => new ClusterSettings(
            OperatorOf(provider, options), options.Shards, Math.Max(0, (int)throttle.Hold.TotalMilliseconds - Margin), (int)options.Poll.TotalMilliseconds,
            Math.Min(ClusterLimits.ReportInterval, (int)exchange.BatchInterval.TotalMilliseconds)))
        .AddSingleton(provider => new FaultTolerance(OperatorOf(provider, options), exchange.Faulty))
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<NodeStart>(
            provider, new EpochFile(Path.Combine(dataDirectory, IncarnationName), provider.GetRequiredService<TimeProvider>())))
        .AddSingleton<ClusterInputs>()
        .AddSingleton<CountedQueue>()
        .AddSingleton(provider => new CountingGate(provider.GetRequiredService<CountedQueue>().Flush))
        .AddSingleton(new NewsBuffer<RetryNote>(MostRetries))
        .AddSingleton<NewsTopic, RetryTopic>()
        .AddSingleton<ClusterCounts>()
        .AddSingleton<ISharedCounts>(provider => provider.GetRequiredService<ClusterCounts>())
        .AddSingleton<IHoldGate>(provider => provider.GetRequiredService<ClusterCounts>())
        .AddSingleton<NodeView>()
        .AddSingleton<AttemptTable>()
        .AddSingleton<OperatorTable>()
        .AddSingleton<ClusterLog>()
        .AddSingleton<ClusterMonitor>()
        .AddSingleton<NodeCalls>()
        .AddSingleton<MemberListState>()
        .AddSingleton<StrangerWatch>()
        .AddGauge("throttlenet.cluster.list_faults", "{fault}", "1 while the list of members cannot be used, does not have this node, or has another node of its name", provider => provider.GetRequiredService<MemberListState>().HasFault ? 1 : 0)
        .AddGauge("throttlenet.cluster.log.entries", "{entry}", "entries in the logs of the shards that this node hosts", provider => provider.GetRequiredService<ClusterMonitor>().Entries)
        .AddGauge("throttlenet.cluster.members", "{node}", "live nodes of the cluster", provider => provider.GetRequiredService<ClusterMonitor>().LiveNodes)
        .AddGauge("throttlenet.cluster.shards", "{shard}", "shards that this node hosts", provider => provider.GetRequiredService<ClusterMonitor>().Shards)
        .AddGauge("throttlenet.cluster.settled", "{shard}", "shards of the cluster whose order is valid for this node", provider => provider.GetRequiredService<ClusterMonitor>().Settled)
        .AddGauge("throttlenet.cluster.speaker", "{node}", "1 while this node reports the cluster's counts", provider => provider.GetRequiredService<ClusterStatus>().Speaks ? 1 : 0)
        .AddGauge("throttlenet.cluster.strangers", "{node}", "nodes of this operator that are not in this cluster", provider => provider.GetRequiredService<StrangerWatch>().Count)
        .AddSingleton<ClusterStatus>()
        .AddSingleton<ClusterState>()
        .AddSingleton<ShardOwners>()
        .AddSingleton<ShardCalls>()
        .AddSingleton<CopyWork>()
        .AddSingleton<GatewayReports>()
        .AddSingleton<NewsDesk>()
        .AddHostedService<NewsService>()
        .AddFeed()
        .AddZone()
        .AddSingleton<NodeParts>()
        .AddSingleton<HopShares>()
        .AddSingleton<IHopShares>(provider => provider.GetRequiredService<HopShares>())
        .AddHostedService(provider => provider.GetRequiredService<HopShares>())
        .AddSingleton<ClusterLoop>()
        .AddSingleton<ClusterCredentialStore>()
        .AddHostedService<ClusterCertificateWatch>()
        .AddLoopProbe("cluster", provider => provider.GetRequiredService<ClusterInputs>().AskAsync<object>(_ => null))
        .AddSingleton<SiloParts>()
        .AddSingleton<SiloFactory>()
        .AddSingleton<SiloWatch>()
        .AddSingleton<SiloKeeper>()
        .AddSingleton<Departure>()
        .AddHostedService<ClusterService>();

    // The exchange, which may be off, has a feed with other operators' nodes; both have one hub.
    private static IServiceCollection AddFeed(this IServiceCollection services)
    {
        services.TryAddSingleton<FeedLog>();
        services.TryAddSingleton<FeedHub>();
        return services.AddSingleton<FeedDesk>().AddHostedService<FeedService>();
    }

    private static IServiceCollection AddZone(this IServiceCollection services) => services
        .AddSingleton<CardBook>()
        .AddSingleton(new NewsBuffer<NodeCard>(MostCards))
        .AddSingleton<NewsTopic>(provider => provider.GetRequiredService<CardBook>().TopicFor(provider.GetRequiredService<NewsBuffer<NodeCard>>()))
        .AddSingleton<OwnCard>()
        .AddSingleton<ZoneInputs>()
        .AddHostedService<ZoneService>();

    // A node with links to other operators is a gateway.
    private static IServiceCollection AddGateway(this IServiceCollection services, ExchangeOptions exchange) => !exchange.IsOn ? services : services
        .AddSingleton<GatewayOrder>()
        .AddSingleton<IBatchOrder>(provider => provider.GetRequiredService<GatewayOrder>())
        .AddSingleton<Reported>(provider => () => provider.GetRequiredService<Departure>().HasMoved);

    // A node without an exchange has no certificate that names its operator; reports of its cluster bear the cluster's name there.
    private static string OperatorOf(IServiceProvider provider, ClusterOptions options) =>
        provider.GetService<IBatchOrder>() is null ? options.Name! : provider.GetRequiredService<CredentialStore>().Initial.Self.Operator;
}
