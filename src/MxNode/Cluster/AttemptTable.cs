using ThrottleNet.Cluster;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// The attempts of this node that wait for their place in the order, and what each knows when it is decided: all that the ledger has, less what
/// the order puts after it. Accessed only from the loop, which also adds others' counts to the ledger, so that none comes in between.
/// </summary>
internal sealed class AttemptTable(CountingEngine engine, CountingClock clock, ClusterStatus status, TimeProvider time)
{
    // Hosts whose attempts were judged without an order: far more than pass in the two minutes of a cut.
    private const int MaxUnordered = 1 << 16;

    private readonly Dictionary<long, ClusterAttempt> _waiting = [];
    private readonly Dictionary<ulong, HostTally> _tallies = [];
    private readonly Dictionary<ulong, int> _unordered = [];
    private long _unorderedAt;

    public bool IsEmpty => _waiting.Count == 0;

    public void Add(ClusterAttempt attempt)
    {
        _waiting.Add((long)attempt.Id, attempt);
        if (!_tallies.TryGetValue(attempt.Host.Key, out var tally))
        {
            _tallies.Add(attempt.Host.Key, tally = new HostTally());
        }

        tally.Waiting++;
    }

    /// <summary>Another node's counts are in the ledger.</summary>
    public void Applied(BatchCounts counts)
    {
        if (_tallies.Count == 0)
        {
            return;
        }

        foreach (var entry in counts.Attempts)
        {
            if (_tallies.TryGetValue(Supplement.HostOf(entry).Key, out var tally))
            {
                tally.Units += Supplement.Read(entry).HostUnits;
            }
        }
    }

    public void Carry(Ordered ordered)
    {
        foreach (var id in ordered.Attempts)
        {
            if (_waiting.TryGetValue(id, out var attempt))
            {
                if (attempt.Before is null)
                {
                    status.CountOrdered(time.GetElapsedTime(attempt.RegisteredAt));
                }

                attempt.Before = _tallies[attempt.Host.Key].Units;
            }
        }
    }

    public void Carry(OrderedBefore resent)
    {
        foreach (var (id, first) in resent.Attempts)
        {
            if (_waiting.TryGetValue(id, out var attempt) && attempt.Before is { } before)
            {
                attempt.Before = before + resent.Entries.Skip(first).Sum(e => UnitsOf(attempt.Host, e.Counts));
            }
        }
    }

    /// <returns>The attempt; null if it is not waiting.</returns>
    public ClusterAttempt? Carry(Decide decide)
    {
        if (!_waiting.Remove(decide.Attempt, out var attempt))
        {
            return null;
        }

        status.CountJudged(decide.Basis);
        var tally = _tallies[attempt.Host.Key];
        var later = decide.Basis != Basis.HoldUnordered && attempt.Before is { } before ? Math.Max(0, tally.Units - before) : 0;
        var known = engine.Read(attempt.Host, clock.Now);
        var unseen = Unseen(decide, attempt.Host);
        attempt.Order.Decide(known with
        {
            Others = Math.Max(0, known.Others - later) + unseen,
            Corroborated = Math.Max(0, known.Corroborated - later),
            Slow = Math.Max(0, known.Slow - later) + unseen,
        });
        if (--tally.Waiting == 0)
        {
            _tallies.Remove(attempt.Host.Key);
        }

        attempt.Decided.SetResult();
        return attempt;
    }

    private static float UnitsOf(IpBlock host, BatchCounts counts) =>
        counts.Attempts.Where(e => Supplement.HostOf(e) == host).Sum(e => Supplement.Read(e).HostUnits);

    // A node that is cut off does not see what others let through meanwhile: each of its own attempts without an order counts once for each of them.
    private float Unseen(Decide decide, IpBlock host)
    {
        if (decide.Basis != Basis.HoldUnordered)
        {
            _unordered.Remove(host.Key);
            return 0;
        }

        if (time.GetElapsedTime(_unorderedAt).TotalMilliseconds > ClusterLimits.ReaderMemory)
        {
            _unordered.Clear(); // of an earlier cut
        }

        _unorderedAt = time.GetTimestamp();
        var earlier = _unordered.GetValueOrDefault(host.Key);
        if (earlier > 0 || _unordered.Count < MaxUnordered)
        {
            _unordered[host.Key] = earlier + 1;
        }

        return (decide.Weight - 1) * earlier;
    }
}
