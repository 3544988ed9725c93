using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Configuration;
using Orleans.Core.Internal;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Wire;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Cluster.Rules;

/// <summary>
/// Silos of Orleans in this process with the program's shard grains. Each silo belongs to a <see cref="RuleNode"/>, whose pushes are calls of a grain. The
/// test decides which activation gets a push, and what is lost. Only the test moves the clock of the nodes and of the grains. Orleans itself has the
/// machine's clock: its own loops would run on the thread that moves a fake one, and a silo would not start.
/// </summary>
internal sealed class RuleCluster : IAsyncDisposable
{
    /// <summary>The activation that all nodes use, and a duplicate of it.</summary>
    public const long First = 0, Second = 1000;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    // So long that no silo is declared dead but by the test, and that no call fails because the machine is slow.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly InProcessTestCluster _cluster;
    private readonly Dictionary<string, Silo> _silos = [];
    private readonly List<RuleNode> _nodes = [];
    private readonly FakeTimeProvider _clock = new();
    private readonly CountingClock _time;

    public RuleCluster()
    {
        _time = new CountingClock(_clock);
        var builder = new InProcessTestClusterBuilder(0);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((options, silo) => Configure(_silos[options.SiloName], silo));
        _cluster = builder.Build();
    }

    /// <summary>Milliseconds since 1970.</summary>
    public long Now => _time.Now;

    public IReadOnlyList<RuleNode> Nodes => _nodes;

    /// <summary>The node whose silo hosts the shards.</summary>
    public RuleNode Host => _nodes.Single(n => HostedBy(n.Name).Count > 0);

    /// <summary>Starts a silo and its node.</summary>
    public async Task<RuleNode> StartAsync(string name, ClusterView view, GatewayLinks? links = null, bool joining = false, int shards = 1)
    {
        var silo = new Silo(new NodeView(new CountingClock(_clock)), new ShardOwners());
        silo.View.Set(view);
        _silos.Add(name, silo);
        silo.Handle = await _cluster.CreateSiloAsync(new InProcessTestSiloSpecificOptions { SiloName = name, SiloPort = Ports.Free(), GatewayPort = 0 }).WaitAsync(Eventually.Patience);
        var node = new RuleNode(this, name, view, links, joining, shards);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Time passes, and every node ticks.</summary>
    public void Wait(int milliseconds)
    {
        for (var left = TimeSpan.FromMilliseconds(milliseconds); left > TimeSpan.Zero; left -= Step)
        {
            _clock.Advance(left < Step ? left : Step);
            _nodes.ForEach(n => n.Tick());
        }
    }

    /// <summary>Every node pushes and reads, three times in turn.</summary>
    public static async Task SettleAsync(params RuleNode[] nodes)
    {
        for (var i = 0; i < 3; i++)
        {
            foreach (var node in nodes)
            {
                await node.PushAsync();
            }
        }
    }

    /// <summary>Calls a shard through the silo of a node.</summary>
    /// <returns>Null if there was no answer.</returns>
    public async Task<PushReply?> PushAsync(string node, long grain, Push push)
    {
        try
        {
            return PushWire.DecodeReply(await GrainOf(node, grain).PushAsync(PushWire.Encode(push)));
        }
        catch (OrleansException)
        {
            return null;
        }
    }

    /// <summary>The activation of a shard ends, with its log.</summary>
    public Task EndAsync(string node, long grain) => GrainOf(node, grain).Cast<IGrainManagementExtension>().DeactivateOnIdle().AsTask();

    /// <summary>Ends a silo without a farewell. The others learn at once that it is dead.</summary>
    public async Task KillAsync(RuleNode node)
    {
        _nodes.Remove(node);
        _silos.Remove(node.Name, out var silo);
        await EndAsync(silo!.Handle!);
        await ServicesOf(_nodes[0].Name).GetRequiredService<IClusterMembershipService>().TryKill(silo.Handle!.SiloAddress);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos.Values.Where(s => s.Handle is not null))
        {
            await EndAsync(silo.Handle!);
        }

        await _cluster.DisposeAsync();
    }

    private static async Task EndAsync(InProcessSiloHandle handle)
    {
        await handle.StopSiloAsync(stopGracefully: false);
        await handle.DisposeAsync();
    }

    private HostedShards HostedBy(string node) => ServicesOf(node).GetRequiredService<HostedShards>();

    private IServiceProvider ServicesOf(string node) => _silos[node].Handle!.ServiceProvider;

    private IShardGrain GrainOf(string node, long grain) => ServicesOf(node).GetRequiredService<IGrainFactory>().GetGrain<IShardGrain>(grain);

    private void Configure(Silo node, ISiloBuilder silo)
    {
        silo.Services.AddSingleton<TimeProvider>(_clock).UseTimeProviderForBackgroundAreas(TimeProvider.System);
        silo.Services.AddSingleton(node.View).AddSingleton(node.Owners).AddSingleton<HostedShards>();
        silo.Configure<ClusterMembershipOptions>(o => o.ProbeTimeout = o.MaxProbeTimeout = Patience);
        silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = Patience);
        silo.AddPlacementDirector<ShardPlacement>(provider => ActivatorUtilities.CreateInstance<ShardPlacementDirector>(provider));
        silo.AddPlacementDirector<NodePlacement>(_ => new NodePlacementDirector());
    }

    private sealed record Silo(NodeView View, ShardOwners Owners)
    {
        public InProcessSiloHandle? Handle { get; set; }
    }
}
