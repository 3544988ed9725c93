using ThrottleNet.Counting;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// Closes gaps that are longer than batches are kept: asks neighbours of three different operators (or 2·f + 1, if that is more) for snapshots, and takes the
/// median of each row (of two answers the lower, so that one hostile node can hide counts but not invent them; of one answer its value). The answers are
/// first brought to the same batches: a batch that only some answers contain is fetched, and a batch that is applied here and missing in an answer is
/// added to that answer. Batches that most answers contain count as applied from then on.
/// <para>
/// What f + 1 answers call evident is evidence for this node too: at least one of them is honest, and an honest node calls evident only what was sent. A node
/// that starts with stored counts asks for that alone, because its own counts no longer name the reporters.
/// </para>
/// <para>
/// The result raises rows and never lowers one, so it is exact for a node that was away. After a partition of the network that lasted longer than
/// batches are kept, a node has the counts of its own side, or the greater of both if most of its answers come from the other side; never
/// the sum.
/// </para>
/// </summary>
internal sealed class SnapshotClient(ExchangeContext context, Repairs repairs, Publisher publisher)
{
    private const int LeastAnswers = 3;

    // How long a new node waits for neighbours of three operators before it asks fewer.
    private const int GatherFor = 5000;

    // How long the batches that only some answers contain may take to come; some may be invented.
    private const int FetchFor = 5000;
    private const int MaxFetched = 1024;

    // A node that starts among fewer operators than would have to agree waits so long for more of them.
    private const int EvidencePatience = 60_000;

    // One operator alone corroborates nothing, even if none is expected to lie.
    private readonly int _agreeing = Math.Max(2, context.Settings.Faulty + 1);
    private readonly int _asked = Math.Max(LeastAnswers, (2 * context.Settings.Faulty) + 1);

    private readonly Dictionary<LinkId, SnapshotAnswer> _answers = [];

    // Once all answers are complete: the batches that are missing in some answer and here.
    private HashSet<BatchKey>? _awaited;
    private ulong _id;
    private long _deadline;
    private long _notBefore;
    private long? _neededSince;
    private bool _needsCounts;
    private bool _takesCounts;

    /// <summary>Counts are missing here.</summary>
    public void Need()
    {
        _needsCounts = true;
        _neededSince ??= context.Now;
    }

    /// <summary>The counts of this node are complete, but they do not name the reporters.</summary>
    public void NeedEvidence() => _neededSince ??= context.Now;

    /// <inheritdoc cref="Link.Pause"/>
    public void Pause(long gap) => _deadline += gap;

    public void OnChunk(Link link, SnapshotChunkFrame frame)
    {
        if (frame.Id == _id && _awaited is null && _answers.TryGetValue(link.Id, out var answer) && !answer.TryAdd(frame, context.Now))
            _answers.Remove(link.Id);
    }

    public void Tick()
    {
        if (_answers.Count > 0)
        {
            if (_awaited is null && (context.Now >= _deadline || _answers.Values.All(a => a.IsComplete)))
                Fetch();
            if (_awaited is not null && (context.Now >= _deadline || _awaited.All(key => context.Kept.Find(key) is not null)))
                Finish();
            return;
        }

        if (_neededSince is not { } since || context.Now < _notBefore)
            return;
        var byOperator = context.Links.Ready.GroupBy(l => l.Member.Operator).ToList();
        if (!_needsCounts && byOperator.Count < _agreeing)
        {
            _neededSince = context.Now - since < EvidencePatience ? since : null;
            return;
        }

        if (byOperator.Count == 0 || (byOperator.Count < _asked && context.Now - since < GatherFor))
            return;
        _awaited = null;
        _id = (ulong)context.Random.NextInt64();
        _deadline = context.Now + context.Settings.SnapshotWait;
        _notBefore = context.Now + context.Settings.SnapshotInterval;
        var chosen = byOperator.Select(g => g.ElementAt(context.Random.Next(g.Count()))).ToArray();
        context.Random.Shuffle(chosen);
        foreach (var link in chosen.Take(_asked))
        {
            _answers.Add(link.Id, new SnapshotAnswer(context.Settings.SnapshotRows));
            context.Send(link, new SnapshotRequestFrame(_id, context.Settings.SnapshotRows));
        }
    }

    // Rows must contain the same batches before their median is taken. Otherwise the median would lose batches that then count as applied, and count others twice.
    private void Fetch()
    {
        foreach (var (id, _) in _answers.Where(a => !a.Value.IsComplete).ToList())
            _answers.Remove(id);
        _awaited = [];
        _takesCounts = _needsCounts;
        if (!_takesCounts)
            return;
        _deadline = context.Now + FetchFor;
        var share = MaxFetched / Math.Max(1, _answers.Count); // so that the invented batches of one answer leave room for the batches of the others
        foreach (var (id, answer) in _answers)
        {
            var others = _answers.Values.Where(other => other != answer).ToList();
            var keys = answer.AppliedRanges.Values.SelectMany(theirs => others.SelectMany(other => other.Lacking(theirs)))
                .Distinct().Where(key => context.Find(key.Origin)?.Contains(key.Epoch, key.Seq) != true);
            foreach (var key in keys.Take(share))
            {
                _awaited.Add(key);
                if (context.Links.Find(id) is { } link)
                    repairs.Announced(link, key.ToAnnounceId());
            }
        }
    }

    private void Finish()
    {
        publisher.Publish(); // unpublished own counts are in no answer and in no kept batch
        var answers = _answers.Values.Where(TryBringUp).ToList();
        _answers.Clear();
        if (answers.Count == 0)
            return; // the next request follows after the interval
        if (!_takesCounts)
        {
            TakeEvidence(answers);
            return;
        }

        (_neededSince, _needsCounts) = (null, false);
        var rows = answers.SelectMany(a => a.Rows.Keys).Distinct().Select(key => Median(key, answers)).ToList();
        foreach (var (origin, epoch) in answers.SelectMany(a => a.AppliedRanges.Keys).Distinct().ToList())
            Cover(origin, epoch, answers);
        context.Effects.Add(new ApplySnapshot(rows, [.. context.Origins.SelectMany(o => o.AcceptedRanges())]));
        context.Note(ExchangeFact.SnapshotTaken, context.Self.Origin, $"rows: {rows.Count}, neighbours: {answers.Count}");
    }

    private void TakeEvidence(List<SnapshotAnswer> answers)
    {
        _neededSince = _needsCounts ? _neededSince : null;
        var rows = answers.SelectMany(a => a.Rows.Keys).Distinct()
            .Select(key => Median(key, answers) with { AttemptsFast = 0, AttemptsSlow = 0, BadFast = 0, BadSlow = 0 })
            .Where(row => row.AttemptsEvident > 0 || row.BadEvident > 0).ToList();
        context.Effects.Add(new ApplySnapshot(rows, []));
        context.Note(ExchangeFact.SnapshotTaken, context.Self.Origin, $"hosts with evidence: {rows.Count}, neighbours: {answers.Count}");
    }

    // False for an answer that lacks nearly all batches that are kept here: completing it would take long, and it would be a copy of our own counts.
    private bool TryBringUp(SnapshotAnswer answer)
    {
        answer.DecayTo(context.Now);
        return context.Kept.All.Where(kept => !answer.Contains(kept.Batch.Key)).All(kept => answer.TryAdd(kept.Batch.Counts!, context.Now - kept.Time));
    }

    private void Cover(OriginId id, ulong epoch, List<SnapshotAnswer> answers)
    {
        // If a neighbour invents a high epoch of an origin, this node would ignore the origin's true batches; with an invented epoch of this node, peers would ignore its own.
        var isFromOwnFuture = id == context.Self.Origin && epoch > context.Find(id)!.Epoch;
        if (isFromOwnFuture || 2 * answers.Count(a => a.AppliedRanges.ContainsKey(new EpochKey(id, epoch))) <= answers.Count)
            return;
        if (context.FindOrAddUnverified(id)?.Open(epoch, context.Now) is not { } window)
            return;
        var ranges = answers.Select(a => a.AppliedRanges.TryGetValue(new EpochKey(id, epoch), out var h) ? h : new AppliedRange(id, epoch, 0, [])).ToList();
        var covered = (ulong)MedianOf([.. ranges.Select(h => (double)h.Contiguous)]);
        if (id == context.Self.Origin && epoch == context.Find(id)!.Epoch)
            covered = Math.Min(covered, window.Highest); // no other node knows what this node has published
        window.CoverTo(covered);
        var top = Math.Min(ranges.Max(h => h.Highest), covered + ReplayWindow.Width);
        for (var beyond = 1ul; beyond <= top - covered; beyond++)
        {
            if (2 * ranges.Count(h => h.Contains(covered + beyond)) > ranges.Count)
                window.TryAdd(covered + beyond);
        }
    }

    private SnapshotRow Median(ulong key, List<SnapshotAnswer> answers)
    {
        var rows = answers.ConvertAll(a => a.Rows.GetValueOrDefault(key));
        return new SnapshotRow(
            key,
            MedianOf([.. rows.Select(r => r.AttemptsFast)]),
            MedianOf([.. rows.Select(r => r.AttemptsSlow)]),
            MedianOf([.. rows.Select(r => r.BadFast)]),
            MedianOf([.. rows.Select(r => r.BadSlow)]))
        {
            AttemptsEvident = AgreedOf([.. rows.Select(r => r.AttemptsEvident)]),
            BadEvident = AgreedOf([.. rows.Select(r => r.BadEvident)]),
            Age = (long)AgreedOf([.. rows.Select(r => (double)r.Age)]),
        };
    }

    // The most that so many answers reach.
    private double AgreedOf(double[] values)
    {
        Array.Sort(values);
        return values.Length < _agreeing ? 0 : values[^_agreeing];
    }

    private static double MedianOf(double[] values)
    {
        Array.Sort(values);
        return values[(values.Length - 1) / 2];
    }
}
