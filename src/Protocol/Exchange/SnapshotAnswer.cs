using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>One neighbour's snapshot, with the chunks that arrived so far.</summary>
internal sealed class SnapshotAnswer(int maxRows)
{
    // Two epochs of each origin that a node can know.
    private const int MaxAppliedRanges = 131_072;

    // Entries of batches added to the answer: more than any network counts while an answer is on its way.
    private const int MaxAdded = 1_000_000;

    private int _next;
    private int _added;
    private long _since;

    public bool IsComplete { get; private set; }

    public Dictionary<ulong, SnapshotRow> Rows { get; } = [];

    public Dictionary<EpochKey, AppliedRange> AppliedRanges { get; } = [];

    /// <summary>False when the chunk is out of order, or the answer is longer than was asked for.</summary>
    /// <param name="now">This node's time; the rows are decayed to the moment when the first chunk was sent.</param>
    public bool TryAdd(SnapshotChunkFrame chunk, long now)
    {
        if (IsComplete || chunk.Index != _next || Rows.Count + chunk.Rows.Length > maxRows
            || AppliedRanges.Count + chunk.AppliedRanges.Length > MaxAppliedRanges)
            return false;
        if (_next++ == 0)
            _since = now;
        foreach (var row in chunk.Rows)
            Rows[row.Key] = row;
        foreach (var range in chunk.AppliedRanges)
            AppliedRanges[new EpochKey(range.Origin, range.Epoch)] = range;
        IsComplete = chunk.Last;
        return true;
    }

    public bool Contains(in BatchKey key) => AppliedRanges.TryGetValue(new EpochKey(key.Origin, key.Epoch), out var range) && range.Contains(key.Seq);

    /// <summary>The batches of another answer's applied range that are not in this answer. None if they are too many to be kept by any node.</summary>
    public IEnumerable<BatchKey> Lacking(AppliedRange theirs)
    {
        var own = AppliedRanges.GetValueOrDefault(new EpochKey(theirs.Origin, theirs.Epoch), theirs with { Contiguous = 0, Beyond = [] });
        if (theirs.Highest - own.Contiguous > ReplayWindow.Width)
            yield break;
        for (var seq = own.Contiguous + 1; seq <= theirs.Highest; seq++)
        {
            if (theirs.Contains(seq) && !own.Contains(seq))
                yield return new BatchKey(theirs.Origin, theirs.Epoch, seq);
        }
    }

    /// <summary>Decays the rows by the time that they waited for the other answers.</summary>
    public void DecayTo(long now)
    {
        var fast = Decay.Factor(now - _since, Decay.FastTau);
        var slow = Decay.Factor(now - _since, Decay.SlowTau);
        foreach (var (key, row) in Rows)
        {
            Rows[key] = new SnapshotRow(key, row.AttemptsFast * fast, row.AttemptsSlow * slow, row.BadFast * fast, row.BadSlow * slow)
            {
                AttemptsEvident = row.AttemptsEvident * fast,
                BadEvident = row.BadEvident * fast,
                Age = row.Age,
            };
        }

        _since = now;
    }

    /// <summary>Adds a batch that this node has applied and the neighbour had not, so that all answers contain the same batches. False when there are too many.</summary>
    public bool TryAdd(BatchCounts counts, long age)
    {
        _added += counts.Count;
        if (_added > MaxAdded)
            return false;
        var fast = Decay.Factor(age, Decay.FastTau);
        var slow = Decay.Factor(age, Decay.SlowTau);
        foreach (var entry in counts.Attempts)
        {
            var (key, units) = (Supplement.HostOf(entry).Key, Supplement.Read(entry).HostUnits);
            var row = Rows.GetValueOrDefault(key, new SnapshotRow(key, 0, 0, 0, 0));
            Rows[key] = row with { AttemptsFast = row.AttemptsFast + (units * fast), AttemptsSlow = row.AttemptsSlow + (units * slow) };
        }

        foreach (var entry in counts.BadRecipients)
        {
            var row = Rows.GetValueOrDefault(entry.Key, new SnapshotRow(entry.Key, 0, 0, 0, 0));
            Rows[entry.Key] = row with { BadFast = row.BadFast + (entry.Units * fast), BadSlow = row.BadSlow + (entry.Units * slow) };
        }

        return true;
    }
}
