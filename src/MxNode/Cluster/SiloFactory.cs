using System.Net;
using Orleans.Configuration;
using StackExchange.Redis;
using ThrottleNet.MxNode.Cluster.Members;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Makes silos. Each has a host of its own inside this process, which may end and be replaced without the node.</summary>
internal sealed class SiloFactory(
    ClusterOptions options, ClusterCredentialStore store, NodeStart start, SiloParts parts, ILoggerFactory logging, TimeProvider time)
{
    // How long the answer to a probe may take at first, also while a silo joins: its program is being compiled, and the machine may be busy. Once a silo has
    // answered some, Orleans waits half as long, and longer where answers are slow. With one vote after two missed probes a killed silo is declared dead within
    // 1.5 s, and one that stands still after twice the maximum; a wrong declaration costs the order for a second.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxProbeTimeout = 1.5 * ProbeTimeout;
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(5);

    // As long as a silo without a sign of life in the list is waited for: three times its interval.
    private static readonly TimeSpan JoinPatience = 3 * TableRefresh;

    public IHost Create(FatalErrors errors)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services
            .AddSingleton<ILoggerFactory>(new SiloLogging(logging))
            .AddSingleton(time)
            .AddSingleton(parts.Owners)
            .AddSingleton<HostedShards>()
            .AddSingleton(parts.View)
            .AddSingleton(parts.Node);
        var credentials = store.Current();
        builder.UseOrleans(silo =>
        {
            silo.Configure<Orleans.Configuration.ClusterOptions>(cluster =>
                cluster.ClusterId = cluster.ServiceId = credentials is null ? options.Name! : $"{options.Name}-{credentials.List}");
            silo.Configure<SiloOptions>(o => o.SiloName = SiloName.Of(start));
            silo.Configure<EndpointOptions>(Listen);
            silo.Configure<ClusterMembershipOptions>(Probe);
            silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = ResponseTimeout);
            AddDirectory(silo);
            silo.AddPlacementDirector<ShardPlacement>(provider => ActivatorUtilities.CreateInstance<ShardPlacementDirector>(provider));
            silo.AddPlacementDirector<NodePlacement>(_ => new NodePlacementDirector());
            AddMembers(silo, credentials);
            if (credentials is not null)
            {
                silo.UseTls(store.Use);
            }
        });
        builder.Services.AddSingleton<IFatalErrorHandler>(errors);
        return builder.Build();
    }

    // With Orleans' default directory, each silo that ends takes its part of the directory with it, and the others drop the shards that it named: their
    // logs would end although the silos that host them go on. This directory hands its parts over, or the others ask all silos for what they host. A silo that was declared dead may run on for a while beside
    // the next activation of its shards; the cluster's rules live with two activations, so nothing waits for the end of the first.
    private static void AddDirectory(ISiloBuilder silo)
    {
#pragma warning disable ORLEANSEXP003 // Orleans calls it experimental; ClusterNodesTests show what it is needed for
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        silo.Configure<GrainDirectoryOptions>(o => o.RangeLeaseDuration = TimeSpan.Zero);
    }

    private static void Probe(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = ProbeTimeout;
        membership.MaxProbeTimeout = MaxProbeTimeout;
        membership.NumMissedProbesLimit = 2;
        membership.NumVotesForDeathDeclaration = 1;
        membership.TableRefreshTimeout = TableRefresh;
        membership.IAmAliveTablePublishTimeout = TableRefresh;

        // A silo that reaches a live one of the list in vain does not start, and tries again. It must not declare the other dead: it may be itself
        // that lacks the right certificate.
        membership.MaxJoinAttemptTime = JoinPatience;
        membership.EvictWhenMaxJoinAttemptTimeExceeded = false;
    }

    private void Listen(EndpointOptions endpoint)
    {
        endpoint.SiloPort = options.Advertised.Port;
        endpoint.AdvertisedIPAddress = options.Advertised.Address;
        endpoint.SiloListeningEndpoint = options.Listen;
        endpoint.GatewayPort = 0;
    }

    private void AddMembers(ISiloBuilder silo, ClusterCredentials? credentials)
    {
        if (options.MembersFile is { } file)
        {
            silo.Services.AddSingleton<IMembershipTable>(Watched(new FileMembershipTable(credentials is null ? file : $"{file}.{credentials.List}", time)));
            return;
        }

        silo.UseRedisClustering(redis => redis.ConfigurationOptions = Redis());
        var table = silo.Services.Last(s => s.ServiceType == typeof(IMembershipTable));
        silo.Services.Remove(table);
        silo.Services.AddSingleton<IMembershipTable>(provider => Watched((IMembershipTable)(
            table.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, table.ImplementationType!))));
    }

    private WatchedMembershipTable Watched(IMembershipTable table) => new(table, options.Members!, parts.Members);

    private ConfigurationOptions Redis()
    {
        var redis = ConfigurationOptions.Parse(options.RedisAddress!);
        redis.Password = options.MembersPasswordFile is { } file ? File.ReadAllText(file).Trim() : null;
        redis.ConnectTimeout = redis.SyncTimeout = redis.AsyncTimeout = (int)ResponseTimeout.TotalMilliseconds;
        return redis;
    }
}
