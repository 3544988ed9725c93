using System.Net;
using Orleans.Configuration;
using ThrottleNet.MxNode.Cluster.Members;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Makes silos. Each has a host of its own inside this process, which may end and be replaced without the node.</summary>
internal sealed class SiloFactory(ClusterOptions options, NodeStart start, ShardOwners owners, NodeView view, ClusterInputs inputs, ILoggerFactory logging, TimeProvider time)
{
    // With one vote after two missed probes a dead silo is declared dead within 1.5 s. A wrong declaration costs the order for a second.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(5);

    public IHost Create(FatalErrors errors)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services
            .AddSingleton<ILoggerFactory>(new SiloLogging(logging))
            .AddSingleton(time)
            .AddSingleton(owners)
            .AddSingleton(view)
            .AddSingleton(inputs);
        builder.UseOrleans(silo =>
        {
            silo.Configure<Orleans.Configuration.ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = options.Name!);
            silo.Configure<SiloOptions>(o => o.SiloName = SiloName.Of(start, isGateway: false));
            silo.Configure<EndpointOptions>(Listen);
            silo.Configure<ClusterMembershipOptions>(Probe);
            silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = ResponseTimeout);
            silo.AddPlacementDirector<ShardPlacement>(provider => ActivatorUtilities.CreateInstance<ShardPlacementDirector>(provider));
            silo.AddPlacementDirector<NodePlacement>(_ => new NodePlacementDirector());
            AddMembers(silo);
        });
        builder.Services.AddSingleton<IFatalErrorHandler>(errors);
        return builder.Build();
    }

    private static void Probe(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = ProbeTimeout;
        membership.MaxProbeTimeout = ProbeTimeout;
        membership.NumMissedProbesLimit = 2;
        membership.NumVotesForDeathDeclaration = 1;
        membership.TableRefreshTimeout = TableRefresh;
        membership.IAmAliveTablePublishTimeout = TableRefresh;

        // A silo that starts waits for silos that do not answer no longer than others take to declare them dead.
        membership.MaxJoinAttemptTime = ResponseTimeout;
        membership.EvictWhenMaxJoinAttemptTimeExceeded = true;
    }

    private void Listen(EndpointOptions endpoint)
    {
        endpoint.SiloPort = options.Advertised.Port;
        endpoint.AdvertisedIPAddress = options.Advertised.Address;
        endpoint.SiloListeningEndpoint = options.Listen;
        endpoint.GatewayPort = 0;
    }

    private void AddMembers(ISiloBuilder silo)
    {
        if (options.MembersFile is { } file)
        {
            silo.Services.AddSingleton<IMembershipTable>(new FileMembershipTable(file, time));
        }
    }
}
