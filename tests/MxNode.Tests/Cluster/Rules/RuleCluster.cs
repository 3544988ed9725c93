using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Orleans.Configuration;
using Orleans.Core.Internal;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Orleans.TestingHost;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Wire;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.TestKit;
using ClusterMember = ThrottleNet.Cluster.Members.ClusterMember;

namespace ThrottleNet.MxNode.Tests.Cluster.Rules;

/// <summary>
/// Silos of Orleans in this process with the program's shard grains, on a clock that only the test moves. Each silo belongs to a <see cref="RuleNode"/>, whose
/// pushes are real calls of a grain. The test decides which activation gets a push, and what is lost.
/// </summary>
internal sealed class RuleCluster : IAsyncDisposable
{
    public const int Hold = 3000;

    /// <summary>The activation that all nodes use, and a duplicate of it.</summary>
    public const long First = 0, Second = 1000;

    // Far longer than a step of the test takes, so that only a silo that was killed is declared dead.
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    private readonly InProcessTestCluster _cluster;
    private readonly Dictionary<string, Silo> _silos = [];
    private readonly CountingClock _time;

    public RuleCluster()
    {
        _time = new CountingClock(Clock);
        var builder = new InProcessTestClusterBuilder(0);
        builder.Options.InitializeClientOnDeploy = false;
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((options, silo) => Configure(_silos[options.SiloName], silo));
        _cluster = builder.Build();
    }

    public FakeTimeProvider Clock { get; } = new();

    /// <summary>Milliseconds since 1970.</summary>
    public long Now => _time.Now;

    public List<RuleNode> Nodes { get; } = [];

    /// <summary>A view of live nodes. Nodes whose names begin with g are gateways, the first is the oldest.</summary>
    public static ClusterView View(params string[] live)
    {
        var view = ClusterView.Empty;
        for (var i = 0; i < live.Length; i++)
        {
            view = view.With(Row(live[i], i));
        }

        return view;
    }

    public static ClusterMember Row(string name, long started = 0, ulong version = 1, MemberState state = MemberState.Live) =>
        new(new NodeId(name, 1), version, state, name.StartsWith('g'), started);

    /// <summary>Starts a silo and its node.</summary>
    public async Task<RuleNode> StartAsync(string name, ClusterView view, GatewayLinks? links = null, bool joining = false, int shards = 1)
    {
        var silo = new Silo(new NodeView(new CountingClock(Clock)), new ShardOwners());
        silo.View.Set(view);
        _silos.Add(name, silo);
        silo.Handle = await PumpAsync(_cluster.CreateSiloAsync(new InProcessTestSiloSpecificOptions { SiloName = name, SiloPort = Ports.Free(), GatewayPort = 0 }));
        var node = new RuleNode(this, name, view, links, joining, shards);
        Nodes.Add(node);
        return node;
    }

    /// <summary>Time passes, and every node ticks.</summary>
    public void Wait(int milliseconds)
    {
        for (var left = TimeSpan.FromMilliseconds(milliseconds); left > TimeSpan.Zero; left -= Step)
        {
            Clock.Advance(left < Step ? left : Step);
            Nodes.ForEach(n => n.Tick());
        }
    }

    /// <summary>Calls a shard through the silo of a node. Time passes while the call waits for it.</summary>
    /// <returns>Null if there was no answer.</returns>
    public async Task<PushReply?> PushAsync(string node, long grain, Push push)
    {
        try
        {
            return PushWire.DecodeReply(await PumpAsync(GrainOf(node, grain).PushAsync(PushWire.Encode(push))));
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>The activation of a shard ends, with its log.</summary>
    public async Task EndAsync(string node, long grain) => await PumpAsync(DeactivateAsync(GrainOf(node, grain)));

    /// <summary>Ends a silo without a farewell.</summary>
    public async Task KillAsync(RuleNode node)
    {
        Nodes.Remove(node);
        _silos.Remove(node.Name, out var silo);
        await PumpAsync(KillAsync(silo!.Handle!));
    }

    /// <summary>The node whose silo hosts the shards.</summary>
    public RuleNode Host() => Nodes.Single(n => _silos[n.Name].Owners.Hosted > 0);

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos.Values.Where(s => s.Handle is not null))
        {
            await PumpAsync(KillAsync(silo.Handle!));
        }

        await _cluster.DisposeAsync();
    }

    private static async Task<bool> KillAsync(InProcessSiloHandle handle)
    {
        await handle.StopSiloAsync(stopGracefully: false);
        await handle.DisposeAsync();
        return true;
    }

    private static async Task<bool> DeactivateAsync(IShardGrain grain)
    {
        await grain.Cast<IGrainManagementExtension>().DeactivateOnIdle();
        return true;
    }

    private IShardGrain GrainOf(string node, long grain) => _silos[node].Handle!.ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IShardGrain>(grain);

    // What runs inside Orleans may wait for its clock.
    private async Task<T> PumpAsync<T>(Task<T> work)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!work.IsCompleted && TimeProvider.System.GetElapsedTime(since) < Eventually.Patience)
        {
            await Task.WhenAny(work, Task.Delay(Glance, TimeProvider.System));
            if (!work.IsCompleted)
            {
                Clock.Advance(Step);
            }
        }

        return await work.WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System);
    }

    private void Configure(Silo node, ISiloBuilder silo)
    {
        var inputs = new ClusterInputs();
        silo.Services
            .AddSingleton<TimeProvider>(Clock)
            .AddSingleton(node.View)
            .AddSingleton(node.Owners)
            .AddSingleton(inputs)
            .AddSingleton(new GatewayReports(new ShardCalls(inputs, new ClusterLog(NullLogger<ClusterLog>.Instance)), new ClusterLog(NullLogger<ClusterLog>.Instance)));
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            (o.ProbeTimeout, o.MaxProbeTimeout, o.NumMissedProbesLimit, o.NumVotesForDeathDeclaration) = (ProbeTimeout, ProbeTimeout, 2, 1);
            o.TableRefreshTimeout = o.IAmAliveTablePublishTimeout = ProbeTimeout;
        });
        silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(30));
        silo.AddPlacementDirector<ShardPlacement>(provider => ActivatorUtilities.CreateInstance<ShardPlacementDirector>(provider));
        silo.AddPlacementDirector<NodePlacement>(_ => new NodePlacementDirector());
    }

    private sealed record Silo(NodeView View, ShardOwners Owners)
    {
        public InProcessSiloHandle? Handle { get; set; }
    }
}
