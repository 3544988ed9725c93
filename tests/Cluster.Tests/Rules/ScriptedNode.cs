using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>A node in a scripted scenario with one shard or more. The script decides which generation gets its pushes, and what is lost.</summary>
internal sealed class ScriptedNode
{
    private readonly Script _script;
    private int[] _snapshot = [];

    public ScriptedNode(Script script, string name, ClusterView view, GatewayLinks? links = null, bool joining = false, int shards = 1)
    {
        (_script, Id) = (script, new NodeId(name, 1));
        Node = new ClusterNode(Id, new ClusterSettings("cluster", shards, Script.Hold), view, links, joining);
    }

    public NodeId Id { get; }

    public ClusterNode Node { get; }

    /// <summary>All effects so far, without pushes.</summary>
    public List<ClusterEffect> Effects { get; } = [];

    /// <summary>Pushes that the script has neither delivered nor lost.</summary>
    public List<SendPush> Pushes { get; } = [];

    /// <summary>Attempts in the ledger: own, applied and copied ones, each as often as it was added.</summary>
    public List<int> Ledger { get; } = [];

    public List<int> Published => [.. Of<PublishBatch>().SelectMany(b => Numbers(b.Counts))];

    public IEnumerable<T> Of<T>()
        where T : ClusterEffect => Effects.OfType<T>();

    public Decide? Decision(int attempt) => Of<Decide>().SingleOrDefault(d => d.Attempt == attempt);

    public static IEnumerable<int> Numbers(BatchCounts counts) => counts.Attempts.Select(e => Keys.NumberOf(e.Key));

    public void Register(int attempt, int shard = 0)
    {
        Ledger.Add(attempt);
        Node.Register(_script.Now, attempt, Keys.Unit(Keys.Of(shard, Node.Ends.Count, attempt)));
        Take();
    }

    public void Tick()
    {
        Node.Tick(_script.Now);
        Take();
    }

    /// <summary>Pushes to a generation until the node has nothing more to push or to read; at least once.</summary>
    public void PushTo(ShardLog log, int shard = 0)
    {
        if (!Pushes.Exists(p => p.Shard == shard))
            _script.Wait(ClusterLimits.PollInterval);
        for (var i = 0; i < 100 && Pushes.Exists(p => p.Shard == shard); i++)
            PushOnce(log, shard);
    }

    public void PushOnce(ShardLog log, int shard = 0)
    {
        var push = Pushes.First(p => p.Shard == shard);
        Pushes.Remove(push);
        Reply(shard, push.Push.Number, log.Push(_script.Now, push.Push));
    }

    public void Reply(int shard, long number, PushReply reply)
    {
        Node.Replied(_script.Now, shard, number, reply);
        Take();
    }

    /// <summary>The push reaches a generation, but the answer is lost.</summary>
    public void LoseReply(ShardLog log, int shard = 0)
    {
        var push = Pushes.First(p => p.Shard == shard);
        log.Push(_script.Now, push.Push);
        LosePush(shard);
    }

    public void LosePush(int shard = 0)
    {
        var push = Pushes.First(p => p.Shard == shard);
        Pushes.Remove(push);
        Node.Failed(_script.Now, shard, push.Push.Number);
    }

    public void CopyFrom(ScriptedNode giver, int shard = 0)
    {
        var copy = giver.Node.GiveCopy(shard);
        Assert.NotNull(copy);
        var ledger = giver.Ledger.ToList();
        copy.Unread.SelectMany(Numbers).ToList().ForEach(n => ledger.Remove(n));
        var lacking = Node.InstallCopy(_script.Now, shard, copy);
        Assert.NotNull(lacking);
        Raise([.. ledger, .. lacking.SelectMany(Numbers)]);
        Take();
    }

    /// <summary>A peer's snapshot comes, which has these batches.</summary>
    public void TakeSnapshot(IReadOnlyList<PeerBatchRange> ranges, params int[] attempts)
    {
        _snapshot = attempts;
        Node.Gateway!.TakeSnapshot(_script.Now, ranges);
        Take();
    }

    public void Receive(PeerBatchKey key, string operatorName, params int[] attempts)
    {
        var counts = BatchCounts.Of(attempts.Select(a => Keys.Unit(Keys.Of(a % Node.Ends.Count, Node.Ends.Count, a))), []);
        Assert.True(Node.Gateway!.TryReceive(_script.Now, key, operatorName, _script.Now, counts));
        Take();
    }

    public void HoldCompleted(ulong seq)
    {
        Node.Gateway!.HoldCompleted(_script.Now, seq);
        Take();
    }

    /// <summary>The attempts that this gateway leaves out of a snapshot; null if it gives none.</summary>
    public List<int>? LeftOut() => Node.Gateway!.UnreportedCounts(_script.Now)?.Select(c => Keys.NumberOf(c.Entry.Key)).ToList();

    public ulong? Promise() => Node.Gateway!.TryPromise(_script.Now, out var seq) ? seq : null;

    // As the ledger: a host that has more keeps it.
    private void Raise(int[] attempts)
    {
        foreach (var attempt in attempts.GroupBy(a => a))
            Ledger.AddRange(Enumerable.Repeat(attempt.Key, Math.Max(0, attempt.Count() - Ledger.Count(a => a == attempt.Key))));
    }

    private void Take()
    {
        var effects = new List<ClusterEffect>();
        Node.TakeEffects(effects);
        Pushes.AddRange(effects.OfType<SendPush>());
        Effects.AddRange(effects.Where(e => e is not SendPush));
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ApplyCounts e: Ledger.AddRange(Numbers(e.Entry.Counts)); break;
                case ApplyPeerBatch e: Ledger.AddRange(Numbers(e.Entry.Part)); break;
                case RaiseToSnapshot: Raise(_snapshot); break;
            }
        }
    }
}
