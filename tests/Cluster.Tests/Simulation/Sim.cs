using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>
/// A cluster, its peers, and a network that loses, delays and cuts. Everything is drawn from the seed, so the same seed and settings give the
/// same run. Times are in microseconds.
/// </summary>
internal sealed partial class Sim
{
    /// <summary>Milliseconds.</summary>
    public const int Hold = 3000;

    private readonly PriorityQueue<Action, (long Time, long Number)> _queue = new();
    private readonly Dictionary<PeerBatchKey, BatchCounts> _signed = [];
    private long _numbers;
    private ulong _generations;

    public Sim(int seed, SimSettings settings)
    {
        (Random, Settings) = (new Random(seed), settings);
        for (var i = 0; i < settings.Nodes; i++)
            Truth.Add($"n{i}", new ClusterMember(new NodeId($"n{i}", 1), 1, MemberState.Live, i < settings.Gateways, i));
        for (var i = 0; i < settings.Nodes; i++)
            Nodes.Add(new SimClusterNode(this, new NodeId($"n{i}", 1), FirstView($"n{i}"), i < settings.Gateways, joining: false));
        for (var i = 0; i < settings.Peers; i++)
            Peers.Add(new SimPeer(this, i));
        var cores = Nodes.Select(n => n.Core).OfType<SimCore>().Concat(Peers.Select(p => p.Core)).ToList();
        for (var i = 0; i < cores.Count; i++)
        {
            for (var j = 0; j < i; j++)
                ExchangeLinks.Add(new SimClusterLink(this, cores[j], cores[i]));
        }

        for (var k = 0; k < settings.Shards; k++)
            Activate(k, Pick(Nodes));
        Every(100, () => true, () => ActiveShards.Where(s => !s.Host.IsFrozen).ToList().ForEach(TickShard));
        Every(1000, () => true, () => ExchangeLinks.Where(l => l.Up && Random.Next(2) == 0).ToList().ForEach(l => l.Synchronize()));
        for (var i = 0; i < settings.Hot; i++)
            At(Between(1500, 1500 + settings.Spray), () => Attempt(hot: true));
        for (var i = 0; i < settings.Cold; i++)
            At(Between(1000, 2500 + settings.Spray), () => Attempt(hot: false));
        foreach (var disturbance in settings.Disturbances)
            At(disturbance.At * 1000L, () => Disturb(disturbance.Kind));
        for (var i = 0; i < settings.Snapshots; i++)
            At(Between(3000, 3000 + settings.Spray), AskSnapshot);
        for (var i = 0; i < settings.GatewaySnapshots; i++)
            At(Between(3000, 3000 + settings.Spray), TakeSnapshot);
        if (settings.StaleViews)
            Every(500, () => Now < HealAt, RefreshSomeViews);
        At(HealAt, Heal);
    }

    public Random Random { get; }

    public SimSettings Settings { get; }

    public long Now { get; private set; }

    public long Milliseconds => 1_000_000 + (Now / 1000);

    public long Steps { get; private set; }

    public int Copies { get; set; }

    /// <summary>Snapshots that peers and gateways took.</summary>
    public int Snapshots { get; set; }

    /// <summary>Attempts that some gateway knows from a snapshot, so that it will not push the batch that carries them.</summary>
    public IdSet FromSnapshots { get; } = new();

    public int Trims { get; private set; }

    public List<SimClusterNode> Nodes { get; } = [];

    public List<SimPeer> Peers { get; } = [];

    public List<SimAttempt> Attempts { get; } = [];

    public List<SimShard> Shards { get; } = [];

    public List<SimClusterLink> ExchangeLinks { get; } = [];

    public List<string> Violations { get; } = [];

    public Dictionary<string, ClusterMember> Truth { get; } = [];

    public IEnumerable<SimShard> ActiveShards => Shards.Where(s => s.IsActive);

    private long HealAt => (Settings.Spray + Settings.CutFor + 9000) * 1000L;

    private long EndAt => (Settings.Spray + Settings.CutFor + 18_000 + (Settings.LongQuiet ? 150_000 : 0)) * 1000L;

    public Sim Run()
    {
        while (_queue.TryPeek(out _, out var next) && next.Time < EndAt)
        {
            var action = _queue.Dequeue();
            Now = next.Time;
            Steps++;
            action();
        }

        Check();
        return this;
    }

    public void At(long time, Action action) => _queue.Enqueue(action, (Math.Max(time, Now), _numbers++));

    public void Every(int milliseconds, Func<bool> goesOn, Action action) => At(Now + Random.Next(milliseconds * 1000), () => Again(milliseconds, goesOn, action));

    /// <summary>A time between two numbers of milliseconds.</summary>
    public long Between(double low, double high) => (long)((low + (Random.NextDouble() * (high - low))) * 1000);

    public T Pick<T>(IReadOnlyList<T> from) => from[Random.Next(from.Count)];

    public void Require(bool holds, string otherwise)
    {
        if (!holds && Violations.Count < 20)
            Violations.Add(otherwise);
    }

    public void Sign(PeerBatchKey key, BatchCounts counts) =>
        Require(_signed.TryAdd(key, counts) || _signed[key].Equals(counts), $"{key} was signed twice");

    public BatchCounts Signed(PeerBatchKey key) => _signed[key];

    public ulong KeyOf(SimAttempt attempt) => Keys.Of(attempt.Shard, Settings.Shards, attempt.Id);

    public SimShard Activate(int index, SimClusterNode host)
    {
        var shard = new SimShard(index, host, new ShardLog(new Generation(++_generations), host.Machine.View, Milliseconds));
        Shards.Add(shard);
        return shard;
    }

    private void Again(int milliseconds, Func<bool> goesOn, Action action)
    {
        if (!goesOn())
            return;
        action();
        At(Now + (milliseconds * 1000L), () => Again(milliseconds, goesOn, action));
    }

    private void Attempt(bool hot)
    {
        var shard = hot ? 0 : 1 % Settings.Shards;
        var attempt = new SimAttempt(Attempts.Count, Now, shard, hot);
        var alive = Nodes.Where(n => n is { IsAlive: true, IsFrozen: false }).ToList();
        var places = alive.Count + (hot ? Peers.Count : 0);
        if (places == 0)
            return;
        var at = Random.Next(places);
        Attempts.Add(attempt);
        if (at < alive.Count)
            alive[at].Register(attempt, KeyOf(attempt));
        else
            Peers[at - alive.Count].Register(attempt, KeyOf(attempt));
    }

    private void TickShard(SimShard shard)
    {
        shard.Log.Tick(Milliseconds);
        CheckTrim(shard);
    }
}
