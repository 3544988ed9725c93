using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Cluster.Wire;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>A node of the cluster: the machine, a ledger, and the exchange's core if it is a gateway.</summary>
internal sealed class SimClusterNode
{
    private static readonly ClusterSettings Settings = new("cluster", 1, Sim.Hold);

    private readonly Sim _sim;
    private readonly List<SimAttempt> _attempts = [];
    private readonly Dictionary<long, SimAttempt> _waiting = [];
    private readonly List<ClusterEffect> _effects = [];
    private readonly Queue<Action> _counted = [];
    private SimRows[] _snapshot = [];
    private readonly int[] _failedCopies;
    private GatewayLinks _links = new(Linked: false, Alone: true);
    private bool _carryingOut;

    public SimClusterNode(Sim sim, NodeId id, ClusterView view, bool gateway, bool joining)
    {
        (_sim, Id) = (sim, id);
        Rows = [.. Enumerable.Range(0, sim.Settings.Shards).Select(_ => new SimRows())];
        _failedCopies = new int[Rows.Length];
        Machine = new ClusterNode(
            id, Settings with { Shards = Rows.Length }, view, gateway ? new GatewayLinks(Linked: false, Alone: true) : null, joining);
        if (gateway)
        {
            Core = new SimCore(sim, (UInt128)(ulong)(1 + sim.Nodes.Count), Settings.Operator)
            {
                IsRunning = () => IsAlive,
                ThawedAt = () => FrozenUntil,
                Receive = (key, op, counts) => Do(() => Machine.Gateway!.TryReceive(sim.Milliseconds, key, op, sim.Milliseconds, counts)),
                ReadSnapshot = ReadSnapshot,
                Raise = TakeSnapshot,
                Covered = key => sim.Signed(key).Attempts.ToList().ForEach(e => sim.FromSnapshots.Add(Keys.NumberOf(e.Key))),
                Promise = () => Machine.Gateway!.TryPromise(sim.Milliseconds, out var seq) ? seq : null,
                Complete = seq => Do(() =>
                {
                    Machine.Gateway!.HoldCompleted(sim.Milliseconds, seq);
                    return true;
                }),
            };
        }

        sim.Every(25, () => IsAlive, Tick);
    }

    public NodeId Id { get; }

    public ClusterNode Machine { get; }

    public SimRows[] Rows { get; }

    public SimCore? Core { get; }

    public bool IsAlive { get; private set; } = true;

    public bool WasFrozen { get; private set; }

    public long FrozenUntil
    {
        get;
        set
        {
            WasFrozen = true;
            field = value;
        }
    }

    public bool IsFrozen => FrozenUntil > _sim.Now;

    /// <summary>Changes of the membership do not arrive before this time.</summary>
    public long BlindUntil { get; set; }

    public int WentOnWithoutCopy { get; private set; }

    public bool HasCopied => Machine.Ends.All(e => e.Copying == CopyStep.None && e.State is not null);

    public void Crash() => IsAlive = false;

    /// <summary>Does something now, or when the process thaws; nothing if it has ended by then.</summary>
    public void WhenRunning(Action action)
    {
        if (!IsAlive)
            return;
        if (IsFrozen)
            _sim.At(FrozenUntil + 1, () => WhenRunning(action));
        else
            action();
    }

    public void Learn(ClusterMember member)
    {
        if (_sim.Now < BlindUntil)
            return;
        WhenRunning(() =>
        {
            Machine.SetView(_sim.Milliseconds, Machine.View.With(member));
            foreach (var shard in _sim.ActiveShards.Where(s => s.Host == this))
                shard.Log.SetView(_sim.Milliseconds, Machine.View);
        });
    }

    public void Register(SimAttempt attempt, ulong key) => WhenRunning(() =>
    {
        attempt.Node = this;
        attempt.Index = _attempts.Count;
        _attempts.Add(attempt);
        _waiting.Add(attempt.Id, attempt);
        Rows[attempt.Shard].Add(key, CountEntry.PerUnit);
        _counted.Enqueue(() => Machine.Register(_sim.Milliseconds, attempt.Id, Keys.Unit(key)));
        if (_sim.Settings.QueueFor == 0)
            Do(TakeCounted);
        else
            _sim.At(_sim.Now + _sim.Between(0, _sim.Settings.QueueFor), () => WhenRunning(() => Do(TakeCounted)));
    });

    public void Answer(int shard, long number, PushReply? reply) => WhenRunning(() => Do(() =>
    {
        if (reply is null)
            Machine.Failed(_sim.Milliseconds, shard, number);
        else
            Machine.Replied(_sim.Milliseconds, shard, number, reply);
        return true;
    }));

    // Before rows are copied, and in the node's own time: what the ledger has counted comes to the machine.
    private bool TakeCounted()
    {
        while (_counted.TryDequeue(out var register))
            register();
        return true;
    }

    private void TakeSnapshot(SimRows[] rows, IReadOnlyCollection<PeerBatchKey> batches) => Do(() =>
    {
        _snapshot = rows;
        Machine.Gateway!.TakeSnapshot(_sim.Milliseconds, [.. batches.Select(key => new PeerBatchRange(key.Origin, key.Epoch, 0, [key.Seq]))]);
        return true;
    });

    private void TakeRows()
    {
        for (var k = 0; k < Rows.Length; k++)
            Rows[k].Raise(_snapshot[k]);
    }

    private SimRows[]? ReadSnapshot()
    {
        Do(TakeCounted);
        if (Machine.Gateway!.UnreportedCounts(_sim.Milliseconds) is not { } unreported)
            return null;
        SimRows[] rows = [.. Rows.Select(r => r.Clone())];
        foreach (var (entry, _) in unreported)
            rows[ShardMap.ShardOf(entry.Key, rows.Length)].Subtract(entry.Key, entry.Quarters);
        _sim.Require(rows.All(r => r.Quarters.Values.All(q => q > 0)), $"{Id} subtracts counts from a snapshot that it does not have");
        return rows;
    }

    private void Tick()
    {
        if (IsFrozen)
            return;
        Do(() =>
        {
            var links = Core is null ? default : new GatewayLinks(Core.IsLinked, Core.IsAlone);
            if (Core is not null && links != _links)
                Machine.SetLinks(_sim.Milliseconds, _links = links);
            Machine.Tick(_sim.Milliseconds);
            return true;
        });
        Core?.Tick();
    }

    // Effects are executed in order, including the effects of calls that an effect makes.
    private T Do<T>(Func<T> action)
    {
        var result = action();
        Machine.TakeEffects(_effects);
        if (_carryingOut)
            return result;
        _carryingOut = true;
        for (var i = 0; i < _effects.Count; i++)
            CarryOut(_effects[i]);
        _effects.Clear();
        _carryingOut = false;
        return result;
    }

    private void CarryOut(ClusterEffect effect)
    {
        switch (effect)
        {
            case SendPush e: _sim.Call(this, e.Shard, e.Push); break;
            case ApplyCounts e: Rows[e.Shard].Add(e.Entry.Counts); break;
            case ApplyPeerBatch e: Rows[e.Shard].Add(e.Entry.Part); break;
            case Ordered e: e.Attempts.ToList().ForEach(id => _waiting[id].Known.Union(Snapshot(_waiting[id]))); break;
            case OrderedBefore e: OnOrderedBefore(e.Entries, e.Attempts); break;
            case Decide e: OnDecide(e); break;
            case RequestCopy e: _sim.At(_sim.Now + _sim.Between(1, 100), () => WhenRunning(() => Copy(e.Shard))); break;
            case RaiseToSnapshot: TakeRows(); break;
            case BatchOrdered e: Core!.Ordered(e.Key); break;
            case PublishBatch e: Core!.Publish(e.Seq, e.Counts); break;
        }
    }

    private void OnOrderedBefore(ImmutableArray<CountsEntry> entries, ImmutableArray<(long Attempt, int First)> attempts)
    {
        foreach (var (attempt, first) in attempts)
        {
            foreach (var entry in entries[first..].SelectMany(e => e.Counts.Attempts))
                _waiting[attempt].Known.Add(Keys.NumberOf(entry.Key));
        }
    }

    private void OnDecide(Decide decide)
    {
        _waiting.Remove(decide.Attempt, out var attempt);
        attempt!.Judged = _sim.Now;
        attempt.Basis = decide.Basis;
        attempt.AtHold = decide.Basis != Basis.Marker;
        attempt.Generation = Machine.Ends[attempt.Shard].State?.Generation;
        var now = Snapshot(attempt);
        foreach (var other in _sim.Attempts.Where(a => now.Contains(a.Id) && (decide.Basis == Basis.HoldUnordered || a.Peer is not null)))
            attempt.Known.Add(other.Id);
    }

    // The counts of the ledger without this node's own later ones.
    private IdSet Snapshot(SimAttempt attempt)
    {
        var known = new IdSet();
        known.Union(Rows[attempt.Shard].Ids);
        foreach (var later in _attempts.Skip(attempt.Index))
            known.Remove(later.Id);
        foreach (var earlier in _attempts.Take(attempt.Index).Where(a => a.Shard == attempt.Shard))
            known.Add(earlier.Id);
        return known;
    }

    private void Copy(int shard)
    {
        var givers = _sim.Nodes.Where(n => n.IsAlive && n != this && !n.IsFrozen && !_sim.IsCut(this, n)).ToList();
        var giver = givers.Count == 0 ? null : _sim.Pick(givers);
        giver?.Do(giver.TakeCounted);
        if (giver?.Machine.GiveCopy(shard) is not { } copy)
        {
            CopyFailed(shard);
            return;
        }

        copy = CopyWire.Decode(CopyWire.Encode(copy));
        var rows = giver.Rows[shard].Clone();
        copy.Unread.ToList().ForEach(rows.Subtract);
        _sim.At(_sim.Now + _sim.Between(1, 200), () => WhenRunning(() => Do(() =>
        {
            TakeCounted();
            if (Machine.InstallCopy(_sim.Milliseconds, shard, copy) is { } lacking)
            {
                _failedCopies[shard] = 0;
                lacking.ToList().ForEach(rows.Add);
                Rows[shard].Raise(rows);
                _sim.Copies++;
            }
            else
            {
                CopyFailed(shard);
            }

            return true;
        })));
    }

    // No node has the missing entries. The oldest node goes on with its own counts; the others join again and copy from it.
    private void CopyFailed(int shard)
    {
        Machine.CopyFailed(shard);
        if (++_failedCopies[shard] < 60)
            return;
        if (Machine.View.Members.Any(m => m.State == MemberState.Live && m.Started < _sim.Truth[Id.Name].Started))
        {
            _sim.Restart(this);
        }
        else
        {
            WentOnWithoutCopy++;
            Machine.GoOnWithoutCopy(shard);
        }
    }
}
