using ThrottleNet.Cluster.Log;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>
/// The exchange between operators as far as the cluster sees it: batches, acknowledgements with a promised own seq, and the barrier of the
/// hold. It differs from the exchange of single nodes in two points: a batch is acknowledged when it is ordered, not when it is accepted,
/// and links between gateways of one operator are not part of the barrier.
/// </summary>
internal sealed class SimCore(Sim sim, UInt128 origin, string operatorName)
{
    private const long Silent = 3000_000;
    private const long Keep = 120_000_000;

    private readonly Dictionary<PeerBatchKey, (BatchCounts Counts, string Operator)> _kept = [];
    private readonly HashSet<PeerBatchKey> _received = [];
    private readonly Dictionary<UInt128, (SortedSet<ulong> Beyond, ulong Contiguous)> _ordered = [];
    private readonly Dictionary<UInt128, long> _lastBatch = [];
    private readonly Dictionary<UInt128, long> _lastReceived = [];
    private readonly Dictionary<UInt128, ulong> _heldComplete = [];
    private readonly Dictionary<UInt128, string> _operators = [];
    private readonly HashSet<PeerBatchKey> _applied = [];
    private ulong _complete;

    public UInt128 Origin => origin;

    public string Operator => operatorName;

    public Dictionary<UInt128, SimClusterLink> Links { get; } = [];

    public ulong Published { get; private set; }

    public required Func<bool> IsRunning { get; init; }

    public required Func<long> ThawedAt { get; init; }

    /// <summary>Takes a batch; <see cref="Ordered"/> acknowledges it.</summary>
    public required Func<PeerBatchKey, string, BatchCounts, bool> Receive { get; init; }

    /// <summary>The own seq to promise; null if there is none now.</summary>
    public required Func<ulong?> Promise { get; init; }

    public required Action<ulong> Complete { get; init; }

    /// <summary>The rows by shard that hold exactly the published and the ordered batches; null if they are not known now.</summary>
    public Func<SimRows[]?> ReadSnapshot { get; init; } = () => null;

    /// <summary>A batch came with a snapshot, and will not be received.</summary>
    public Action<PeerBatchKey> Covered { get; init; } = _ => { };

    /// <summary>Raises the counts to those of a snapshot, which has these batches.</summary>
    public required Action<SimRows[], IReadOnlyCollection<PeerBatchKey>> Raise { get; init; }

    public IEnumerable<(PeerBatchKey Key, BatchCounts Counts)> Kept => _kept.Select(k => (k.Key, k.Value.Counts));

    public bool IsLinked => Links.Values.Any(l => l.Up && Foreign(l) && IsLive(l));

    public bool IsAlone => !IsLinked && !_lastReceived.Keys.Any(IsLiveWithoutLink);

    public void Publish(ulong seq, BatchCounts counts)
    {
        var key = new PeerBatchKey(origin, 1, seq);
        sim.Sign(key, counts);
        sim.Require(seq == Published + 1, $"{operatorName} published {seq} after {Published}");
        Published = seq;
        _received.Add(key);
        _applied.Add(key);
        _kept[key] = (counts, operatorName);
        foreach (var link in Links.Values.Where(l => l.Up).ToList())
            link.Send(this, to => to.OnBatch(key, operatorName, counts));
    }

    public void OnBatch(PeerBatchKey key, string op, BatchCounts counts)
    {
        if (_received.Contains(key))
            return;
        _lastBatch[key.Origin] = sim.Now;
        _operators[key.Origin] = op;
        if (!Receive(key, op, counts))
            return;
        _received.Add(key);
        _kept[key] = (counts, op);
    }

    public void Ordered(PeerBatchKey key)
    {
        var (beyond, contiguous) = _ordered.GetValueOrDefault(key.Origin, ([], 0));
        _applied.Add(key);
        beyond.Add(key.Seq);
        while (beyond.Remove(contiguous + 1))
            contiguous++;
        _ordered[key.Origin] = (beyond, contiguous);
        if (Links.TryGetValue(key.Origin, out var link) && link.Up)
            Acknowledge(link);
        Update();
    }

    public ulong Contiguous(UInt128 other) => _ordered.GetValueOrDefault(other).Contiguous;

    public void OnAcknowledgement(SimClusterLink link, ulong seq, ulong own)
    {
        var end = link.End(this);
        if (seq <= Published && seq > end.Complete && end.Pending.Count < 64)
            end.Pending.Enqueue((seq, own));
    }

    public void Tick()
    {
        foreach (var link in Links.Values.Where(l => l.Up))
        {
            var end = link.End(this);
            if (end.Owed || sim.Now - end.LastSent >= 1000_000)
                Acknowledge(link);
        }

        Update();
    }

    public void LinkDown(SimClusterLink link)
    {
        var end = link.End(this);
        _lastReceived[link.Other(this).Origin] = end.LastReceived;
        _heldComplete[link.Other(this).Origin] = end.Complete;
        Update();
    }

    public void LinkUp(SimClusterLink link)
    {
        var end = link.End(this);
        var other = link.Other(this);
        var recent = sim.Now - _lastReceived.GetValueOrDefault(other.Origin, -Keep) <= Silent;
        end.Complete = recent ? Math.Min(_heldComplete.GetValueOrDefault(other.Origin), Published) : Published;
        end.Pending.Clear();
        end.LastReceived = sim.Now;
        end.LastAcknowledged = null;
        Acknowledge(link);
    }

    public void Synchronize(SimClusterLink link)
    {
        var other = link.Other(this);
        foreach (var (key, (counts, op)) in _kept.ToList())
        {
            if (!other._received.Contains(key))
                link.Send(this, to => to.OnBatch(key, op, counts));
        }
    }

    /// <summary>Asks the other end for its counts. The batches that they contain are not applied later.</summary>
    public void AskSnapshot(SimClusterLink link) => link.Send(this, other =>
    {
        if (other.ReadSnapshot() is not { } rows)
            return;
        var batches = other._applied.ToHashSet();
        link.Send(other, asker =>
        {
            // The answer is first brought up to the batches that were accepted here.
            foreach (var (key, (counts, _)) in asker._kept.Where(k => !batches.Contains(k.Key)))
                counts.Attempts.ToList().ForEach(e => rows[ShardMap.ShardOf(e.Key, rows.Length)].Add(e.Key, e.Quarters));
            sim.Snapshots++;
            asker.Raise(rows, batches.Union(asker._received).ToHashSet());
            foreach (var key in batches.Where(key => key.Origin != asker.Origin && asker._received.Add(key)))
            {
                asker.Covered(key);
                asker.Ordered(key);
            }
        });
    });

    public void Update()
    {
        if (_complete == Published)
            return;
        var complete = Published;
        foreach (var link in Links.Values)
        {
            if (!link.Up || !Foreign(link) || !IsLive(link))
                continue;
            var end = link.End(this);
            while (end.Pending.TryPeek(out var first) && Contiguous(link.Other(this).Origin) >= first.Own)
                end.Complete = Math.Max(end.Complete, end.Pending.Dequeue().Seq);
            complete = Math.Min(complete, end.Complete);
        }

        if (complete <= _complete || _lastReceived.Keys.Any(IsLiveWithoutLink))
            return;
        _complete = complete;
        Complete(complete);
    }

    private void Acknowledge(SimClusterLink link)
    {
        var end = link.End(this);
        var other = link.Other(this).Origin;
        if (Promise() is { } own)
        {
            end.LastAcknowledged = (Contiguous(other), own);
            end.Owed = false;
        }
        else
        {
            // The peer needs a sign of life: the last acknowledgement again.
            end.Owed = true;
            if (sim.Now - end.LastSent < 1000_000)
                return;
        }

        if (end.LastAcknowledged is { } last)
            link.Send(this, to => to.OnAcknowledgement(link, last.Seq, last.Own));
        else
            link.Send(this, _ => { });
    }

    private bool Foreign(SimClusterLink link) => link.Other(this).Operator != operatorName;

    private bool IsLive(SimClusterLink link) => sim.Now - link.End(this).LastReceived <= Silent;

    private bool IsLiveWithoutLink(UInt128 other)
    {
        if (_operators.GetValueOrDefault(other) == operatorName || (Links.TryGetValue(other, out var link) && (link.Up || !Foreign(link))))
            return false;
        var received = _lastReceived[other];
        var batch = _lastBatch.GetValueOrDefault(other, -Keep);
        return sim.Now - received <= Silent || (batch > received && sim.Now - batch <= Keep);
    }
}
