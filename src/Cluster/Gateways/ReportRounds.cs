using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Gateways;

/// <summary>Reports the cluster's counts to other operators, in rounds: a mark in every log that has unreported counts, then batches.</summary>
internal sealed class ReportRounds(NodeContext context, IReadOnlyList<ShardEnd> ends)
{
    // As the exchange: a gateway with so many incomplete rounds is far behind, and the hold decides.
    private const int MaxRounds = 64;

    private readonly List<ReportedCount> _confirmed = [];
    private readonly List<ReportedRange> _ranges = [];
    private readonly Queue<(ulong Seq, ReportedRange[] Ranges)> _incomplete = [];
    private ulong _promised;
    private long _promisedArrival;
    private long _next;

    public ulong Published { get; private set; }

    /// <summary>A mark of this gateway is in a log, or on its way there, and the counts before it are not with every live peer.</summary>
    public bool IsUnderWay => MarksAreOut || _confirmed.Count > 0 || _incomplete.Count > 0;

    /// <summary>Counts that are this gateway's to report, and are in no batch yet.</summary>
    public IEnumerable<UnreportedCount> Unpublished => _confirmed.Select(c => new UnreportedCount(new CountEntry(c.Key, c.Quarters), c.Bad));

    private bool MarksAreOut => ends.Any(e => context.Now - e.State?.MarkSent < ClusterLimits.ReportPatience);

    /// <summary>A report mark of this gateway was read back: the counts before it are this gateway's to report.</summary>
    public void Confirm(IEnumerable<ReportedCount> counts, ReportedRange range)
    {
        _confirmed.AddRange(counts);
        _ranges.Add(range);
    }

    /// <summary>Every live peer has the batches up to this one, and what the peers had counted before is in the logs.</summary>
    public void HoldCompleted(ulong seq)
    {
        while (_incomplete.TryPeek(out var round) && round.Seq <= seq)
        {
            foreach (var range in _incomplete.Dequeue().Ranges)
            {
                ends[range.Shard].Complete(range);
                ends[range.Shard].Tick();
            }
        }
    }

    /// <summary>
    /// The seq that carries everything that the logs had, up to where this gateway has read them. The exchange sends it to a peer with every
    /// acknowledgement, and the peer waits for it.
    /// <para>
    /// While a report mark is not read back there is no such number: the round may fill one more batch than it would now. The exchange
    /// then repeats its last acknowledgement. A gateway that is not the speaker promises nothing of its own, unless the counts are late:
    /// then each gateway may take another one for the speaker.
    /// </para>
    /// </summary>
    public bool TryPromise(out ulong seq)
    {
        seq = Published;
        if (MarksAreOut || _confirmed.Count > 0)
            return false;
        var unreported = ends.Sum(e => e.State?.Unreported.Count ?? 0);
        if (unreported > 0 && (context.Speaks || IsUnreportedFor(ClusterLimits.LateReport)))
            seq += (ulong)((unreported + BatchCounts.MaxEntries - 1) / BatchCounts.MaxEntries);
        if (seq > _promised)
            (_promised, _promisedArrival) = (seq, context.Arrivals);
        return true;
    }

    public void Tick()
    {
        if (MarksAreOut)
            return;
        if (_confirmed.Count > 0)
            Publish();
        else
            KeepPromise();
        if (context.Now < _next || !(context.Speaks || IsUnreportedFor(ClusterLimits.Overdue)))
            return;
        foreach (var end in ends.Where(e => e is { Copying: CopyStep.None, State.Unreported.Count: > 0 }))
        {
            _next = context.Now + context.Settings.Report;
            end.Report();
        }
    }

    private bool IsUnreportedFor(int time) => ends.Any(e => e.State is { Unreported: { Count: > 0 } u } && context.Now - u.Since >= time);

    // In the order of arrival, so that what was promised comes before what came later, and so within the promised number of batches.
    private void Publish()
    {
        var sums = new OrderedDictionary<(ulong Key, bool Bad), uint>();
        foreach (var count in _confirmed.OrderBy(c => c.Arrival))
            Add(count.Key, count.Bad, count.Quarters);

        foreach (var chunk in sums.Chunk(BatchCounts.MaxEntries))
            Publish(BatchCounts.Of(Entries(chunk, bad: false), Entries(chunk, bad: true)));
        if (_incomplete.Count >= MaxRounds)
            _incomplete.Dequeue();
        _incomplete.Enqueue((Published, [.. _ranges]));
        _confirmed.Clear();
        _ranges.Clear();

        void Add(ulong key, bool bad, uint quarters)
        {
            sums[(key, bad)] = CountSum.Add(key, bad, sums.GetValueOrDefault((key, bad)), quarters, out var further, out var supplement);
            if (further > 0)
                Add(supplement, false, further);
        }
    }

    // The counts of the promised batches were reported by another gateway meanwhile, or were lost with their generation. Peers still wait for the promised number, so
    // empty batches are published up to it.
    private void KeepPromise()
    {
        _ranges.Clear();
        if (ends.Any(e => e.State?.Unreported.FirstArrival <= _promisedArrival))
            return;
        while (Published < _promised)
            Publish(BatchCounts.Empty);
    }

    private void Publish(BatchCounts counts) => context.Effects.Add(new PublishBatch(++Published, counts));

    private static IEnumerable<CountEntry> Entries(KeyValuePair<(ulong Key, bool Bad), uint>[] sums, bool bad) =>
        sums.Where(s => s.Key.Bad == bad).Select(s => new CountEntry(s.Key.Key, s.Value));
}
