using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>A node's machine in a scripted scenario, with its effects and its ledger. The script carries its pushes to a log, or loses them.</summary>
/// <param name="now">The clock, milliseconds since 1970.</param>
internal class ScriptedMachine(string name, ClusterView view, GatewayLinks? links, bool joining, int shards, Func<long> now)
{
    private int[] _snapshot = [];

    public string Name => name;

    public ClusterNode Node { get; private set; } = new(new NodeId(name, 1), new ClusterSettings("cluster", shards, Script.Hold), view, links, joining);

    /// <summary>All effects so far, without pushes.</summary>
    public List<ClusterEffect> Effects { get; } = [];

    /// <summary>Pushes that the script has neither delivered nor lost.</summary>
    public List<SendPush> Pushes { get; } = [];

    /// <summary>Attempts in the ledger: own, applied and copied ones, each as often as it was added.</summary>
    public List<int> Ledger { get; } = [];

    public List<int> Published => [.. Of<PublishBatch>().SelectMany(b => Numbers(b.Counts))];

    /// <summary>The numbers of applied attempts and of ordered ones, in the order of the effects.</summary>
    public IEnumerable<string> Order => Effects.Select(e => e switch
    {
        ApplyCounts c => string.Join(',', Numbers(c.Entry.Counts)),
        Ordered o => $"ordered {string.Join(',', o.Attempts)}",
        _ => null,
    }).OfType<string>();

    public IEnumerable<T> Of<T>()
        where T : ClusterEffect => Effects.OfType<T>();

    public Decide? Decision(int attempt) => Of<Decide>().SingleOrDefault(d => d.Attempt == attempt);

    public static IEnumerable<int> Numbers(BatchCounts counts) => counts.Attempts.Select(e => Keys.NumberOf(e.Key));

    public void Register(int attempt, int shard = 0)
    {
        Ledger.Add(attempt);
        Node.Register(now(), attempt, Keys.Unit(Keys.Of(shard, shards, attempt)));
        Take();
    }

    public void Tick()
    {
        Node.Tick(now());
        Take();
    }

    public void Reply(int shard, long number, PushReply reply)
    {
        Node.Replied(now(), shard, number, reply);
        Take();
    }

    public void LosePush(int shard = 0) => Fail(TakePush(shard), shard);

    public void CopyFrom(ScriptedMachine giver, int shard = 0)
    {
        var copy = giver.Node.GiveCopy(shard);
        Assert.NotNull(copy);
        var ledger = giver.Ledger.ToList();
        copy.Unread.SelectMany(Numbers).ToList().ForEach(n => ledger.Remove(n));
        var lacking = Node.InstallCopy(now(), shard, copy);
        Assert.NotNull(lacking);
        Raise([.. ledger, .. lacking.SelectMany(Numbers)]);
        Take();
    }

    /// <summary>The node begins as a new start of the same process, because it got no copy for long.</summary>
    public void JoinAnew()
    {
        Pushes.Clear();
        var self = new NodeId(name, Node.Self.Incarnation + 1);
        Node = Node.JoinAnew(self, Node.View.With(Node.View.Find(name)! with { Node = self }), links);
        Tick();
    }

    /// <summary>A peer's snapshot comes, which has these batches.</summary>
    public void TakeSnapshot(IReadOnlyList<PeerBatchRange> ranges, params int[] attempts)
    {
        _snapshot = attempts;
        Node.Gateway!.TakeSnapshot(now(), ranges);
        Take();
    }

    public void Receive(PeerBatchKey key, string operatorName, params int[] attempts)
    {
        var counts = BatchCounts.Of(attempts.Select(a => Keys.Unit(Keys.Of(a % shards, shards, a))), []);
        Assert.True(Node.Gateway!.TryReceive(now(), key, operatorName, now(), counts));
        Take();
    }

    public void HoldCompleted(ulong seq)
    {
        Node.Gateway!.HoldCompleted(now(), seq);
        Take();
    }

    /// <summary>The attempts that this gateway leaves out of a snapshot; null if it gives none.</summary>
    public List<int>? LeftOut() => Node.Gateway!.UnreportedCounts(now())?.Select(c => Keys.NumberOf(c.Entry.Key)).ToList();

    public ulong? Promise() => Node.Gateway!.TryPromise(now(), out var seq) ? seq : null;

    /// <summary>Takes the oldest push to a shard.</summary>
    protected Push TakePush(int shard)
    {
        var push = Pushes.First(p => p.Shard == shard);
        Pushes.Remove(push);
        return push.Push;
    }

    /// <summary>A push gets no answer.</summary>
    protected void Fail(Push push, int shard) => Node.Failed(now(), shard, push.Number);

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
