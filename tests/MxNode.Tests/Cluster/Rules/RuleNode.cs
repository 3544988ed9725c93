using ThrottleNet.Cluster;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.MxNode.Tests.Cluster.Rules;

/// <summary>A node's machine of <see cref="RuleCluster"/>, with its effects and its ledger.</summary>
internal sealed class RuleNode
{
    private const ulong FirstHost = 0x00ff_0000_0a00_0000;

    private readonly RuleCluster _cluster;
    private readonly int _shards;
    private int[] _snapshot = [];

    public RuleNode(RuleCluster cluster, string name, ClusterView view, GatewayLinks? links, bool joining, int shards)
    {
        (_cluster, _shards, Name) = (cluster, shards, name);
        Machine = new ClusterNode(new NodeId(name, 1), new ClusterSettings("cluster", shards, RuleCluster.Hold), view, links, joining);
    }

    public string Name { get; }

    public ClusterNode Machine { get; }

    /// <summary>All effects so far, without pushes.</summary>
    public List<ClusterEffect> Effects { get; } = [];

    /// <summary>Pushes that were neither sent nor lost.</summary>
    public List<SendPush> Pushes { get; } = [];

    /// <summary>Attempts in the ledger: own, applied and copied ones, each as often as it was added.</summary>
    public List<int> Ledger { get; } = [];

    public List<int> Published => [.. Of<PublishBatch>().SelectMany(b => Numbers(b.Counts))];

    public static IEnumerable<int> Numbers(BatchCounts counts) => counts.Attempts.Select(e => (int)(e.Key & 0xffff));

    /// <summary>A unit of a host in some shard.</summary>
    public static CountEntry Unit(int attempt, int shard = 0, int shards = 1)
    {
        var key = FirstHost | (uint)attempt;
        while (ShardMap.ShardOf(key, shards) != shard)
        {
            key += 1 << 16;
        }

        return new CountEntry(key, CountEntry.PerUnit);
    }

    public IEnumerable<T> Of<T>()
        where T : ClusterEffect => Effects.OfType<T>();

    public Basis? Decision(int attempt) => Of<Decide>().SingleOrDefault(d => d.Attempt == attempt)?.Basis;

    public void Register(int attempt, int shard = 0)
    {
        Ledger.Add(attempt);
        Machine.Register(_cluster.Now, attempt, Unit(attempt, shard, _shards));
        Take();
    }

    public void Tick()
    {
        Machine.Tick(_cluster.Now);
        Take();
    }

    /// <summary>Pushes to an activation until the node has nothing more to push or to read; at least once.</summary>
    public async Task PushAsync(long grain = RuleCluster.First, int shard = 0)
    {
        if (!Pushes.Exists(p => p.Shard == shard))
        {
            _cluster.Wait(ClusterLimits.PollInterval);
        }

        for (var i = 0; i < 100 && Pushes.Exists(p => p.Shard == shard); i++)
        {
            await PushOnceAsync(grain, shard);
        }
    }

    public async Task PushOnceAsync(long grain = RuleCluster.First, int shard = 0)
    {
        var push = Next(shard);
        if (await _cluster.PushAsync(Name, grain, push) is { } reply)
        {
            Machine.Replied(_cluster.Now, shard, push.Number, reply);
        }
        else
        {
            Machine.Failed(_cluster.Now, shard, push.Number);
        }

        Take();
    }

    /// <summary>The push arrives, and its answer is lost.</summary>
    public async Task LoseReplyAsync(long grain = RuleCluster.First, int shard = 0)
    {
        var push = Next(shard);
        Assert.NotNull(await _cluster.PushAsync(Name, grain, push));
        Machine.Failed(_cluster.Now, shard, push.Number);
        Take();
    }

    public void LosePush(int shard = 0) => Machine.Failed(_cluster.Now, shard, Next(shard).Number);

    /// <summary>Takes a copy, which raises the ledger.</summary>
    public void CopyFrom(RuleNode giver)
    {
        var copy = giver.Machine.GiveCopy(0);
        Assert.NotNull(copy);
        var rows = giver.Ledger.ToList();
        copy.Unread.SelectMany(Numbers).ToList().ForEach(n => rows.Remove(n));
        var lacking = Machine.InstallCopy(_cluster.Now, 0, copy);
        Assert.NotNull(lacking);
        Raise([.. rows, .. lacking.SelectMany(Numbers)]);
        Take();
    }

    /// <summary>A peer's batch of two hosts in each shard, or of these hosts.</summary>
    public void Receive(PeerBatchKey key, string operatorName, params int[] attempts)
    {
        var counts = BatchCounts.Of(attempts.Select(a => Unit(a, a % _shards, _shards)), []);
        Assert.True(Machine.Gateway!.TryReceive(_cluster.Now, key, operatorName, _cluster.Now, counts));
        Take();
    }

    public void HoldCompleted(ulong seq)
    {
        Machine.Gateway!.HoldCompleted(_cluster.Now, seq);
        Take();
    }

    public void TakeSnapshot(PeerBatchRange range, params int[] attempts)
    {
        _snapshot = attempts;
        Machine.Gateway!.TakeSnapshot(_cluster.Now, [range]);
        Take();
    }

    public ulong? Promise() => Machine.Gateway!.TryPromise(_cluster.Now, out var seq) ? seq : null;

    /// <summary>The attempts that this gateway leaves out of a snapshot; null if it gives none.</summary>
    public List<int>? LeftOut() => Machine.Gateway!.UnreportedCounts(_cluster.Now)?.Select(c => (int)(c.Entry.Key & 0xffff)).ToList();

    private Push Next(int shard)
    {
        if (!Pushes.Exists(p => p.Shard == shard))
        {
            _cluster.Wait(ClusterLimits.PollInterval);
        }

        var push = Pushes.First(p => p.Shard == shard);
        Pushes.Remove(push);
        return push.Push;
    }

    private void Raise(int[] attempts)
    {
        foreach (var attempt in attempts.GroupBy(a => a))
        {
            Ledger.AddRange(Enumerable.Repeat(attempt.Key, Math.Max(0, attempt.Count() - Ledger.Count(a => a == attempt.Key))));
        }
    }

    private void Take()
    {
        var effects = new List<ClusterEffect>();
        Machine.TakeEffects(effects);
        Pushes.AddRange(effects.OfType<SendPush>());
        Effects.AddRange(effects.Where(e => e is not SendPush));
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ApplyCounts e:
                    Ledger.AddRange(Numbers(e.Entry.Counts));
                    break;
                case ApplyPeerBatch e:
                    Ledger.AddRange(Numbers(e.Entry.Part));
                    break;
                case RaiseToSnapshot:
                    Raise(_snapshot);
                    break;
            }
        }
    }
}
