using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>
/// What other nodes counted: into the ledger it goes, and what of it is believed is decided here and nowhere else. Of a
/// block that others tell much of, the most that some operators say is lowered to what the next ones say; and only
/// what enough separate operators tell may have a host refused (<see cref="OperatorSums"/>). Thread-safe.
/// </summary>
/// <param name="ownOperator">Whose nodes' word is as good as this node's own.</param>
/// <param name="faulty">Operators that may lie together.</param>
internal sealed class NetworkCounts(CountingLimits options, Ledger ledger, string ownOperator, int faulty)
{
    // The ledger counts its tenths of a second from the year 1 on.
    private static readonly long UnixTenths = Stamp.Tenths(DateTimeOffset.UnixEpoch);

    private readonly Lock _lock = new();
    private OperatorsHeard _operators;
    private readonly BlockCount _warm = Warm(options);
    private readonly BlockCount _warmBad = WarmBad(options);
    private readonly OperatorSums _attempts = new(ownOperator, faulty, Warm(options));
    private readonly OperatorSums _bad = new(ownOperator, faulty, WarmBad(options));

    /// <summary>The other operators; their number bounds how many of them are disbelieved.</summary>
    public OperatorsHeard Operators
    {
        get
        {
            lock (_lock)
            {
                return _operators;
            }
        }

        set
        {
            lock (_lock)
            {
                _operators = value;
            }
        }
    }

    /// <summary>Milliseconds since 1970, by the ledger's clock.</summary>
    private long Now => (ledger.Tenths - UnixTenths) * (1000 / Stamp.PerSecond);

    /// <summary>Counts a batch.</summary>
    /// <param name="reporter">The operator of the node that counted; null for this node's own counts of before a restart.</param>
    /// <param name="time">When, in milliseconds since 1970.</param>
    public void Add(string? reporter, BatchCounts counts, long time)
    {
        if (reporter is null)
        {
            Recall(counts, DateTimeOffset.FromUnixTimeMilliseconds(time));
            return;
        }

        Add(LedgerTable.Hosts, _attempts, counts.Attempts.AsSpan(), reporter, time);
        Add(LedgerTable.BadRecipients, _bad, counts.BadRecipients.AsSpan(), reporter, time);
    }

    /// <summary>Raises counts to those of a snapshot, of which nobody says who counted: they may delay, but not have anybody refused.</summary>
    public void Raise(IEnumerable<SnapshotRow> rows)
    {
        foreach (var row in rows)
        {
            var host = new IpBlock(row.Key, BlockLevel.Host);
            ledger.Raise(host, new BlockCount(row.AttemptsFast, row.AttemptsSlow), new BlockCount(row.BadFast, row.BadSlow));
            Remember(host);
        }
    }

    /// <summary>Remembers what the ledger held at the start: others' counts of before stay believed, though nobody knows whose they were.</summary>
    public void Recall()
    {
        foreach (var row in Rows(LedgerTable.Hosts))
        {
            Remember(new IpBlock(row.Key, BlockLevel.Host));
        }
    }

    /// <summary>The keys of the hosts with the most attempts, counted by anybody, of others' as much as is believed.</summary>
    public IReadOnlyList<ulong> Hottest(int max)
    {
        var now = ledger.Now;
        var hottest = new PriorityQueue<ulong, float>();
        foreach (var row in Rows(LedgerTable.Hosts))
        {
            var counts = Believe(_attempts, _warm, new IpBlock(row.Key, BlockLevel.Host), row.At(now));
            var heat = counts.Own + counts.Others;
            if (hottest.Count < max)
            {
                hottest.Enqueue(row.Key, heat);
            }
            else
            {
                hottest.EnqueueDequeue(row.Key, heat);
            }
        }

        return [.. hottest.UnorderedItems.Select(item => item.Element)];
    }

    /// <summary>What is counted of hosts, by anybody, of others' as much as is believed, decayed to now; the most attempts first.</summary>
    /// <param name="hottest">As <see cref="Hottest"/> gave them.</param>
    /// <param name="recent">Keys of host blocks that it may have missed.</param>
    /// <param name="max">Rows.</param>
    public IReadOnlyList<SnapshotRow> Read(IEnumerable<ulong> hottest, IEnumerable<ulong> recent, int max)
    {
        var now = ledger.Now;
        var rows = hottest.Union(recent).Select(key =>
        {
            var host = new IpBlock(key, BlockLevel.Host);
            var counts = Believe(_attempts, _warm, host, ledger.ReadHost(host, now));
            var bad = Believe(_bad, _warmBad, host, ledger.ReadBadRecipients(host, now));
            return new SnapshotRow(key, counts.Own + counts.Others, counts.Slow, bad.Own + bad.Others, bad.Slow);
        }).ToArray();
        Array.Sort(rows, (a, b) => b.AttemptsFast.CompareTo(a.AttemptsFast));
        return rows.Length > max ? rows[..max] : rows;
    }

    /// <summary>The evidence with as much of the others' counts as is believed, and how much of them is proven.</summary>
    public Evidence Believe(in Evidence evidence)
    {
        var ladder = evidence.Ladder;
        return evidence with
        {
            OthersMayLie = OperatorSums.Liars(faulty, Operators) > 0,
            Ladder = ladder with { Host = Believe(_attempts, _warm, evidence.Host, ladder.Host) },
            BadRecipients = Believe(_bad, _warmBad, evidence.Host, evidence.BadRecipients),
        };
    }

    /// <summary>Who told of a host's attempts, most first.</summary>
    public IReadOnlyList<Reporter> Describe(IpBlock host)
    {
        lock (_lock)
        {
            return [.. _attempts.Describe(host.Key, Now).Select(r => new Reporter(r.Operator, r.Count.Fast * Decay.FastPerHour))];
        }
    }

    // Half of what is allowed: up to there others' reports slow at most, whoever makes them.
    private static BlockCount Warm(CountingLimits options) => new(options.Host.Hard / Decay.FastPerHour / 2, options.Host.Day / Decay.SlowPerDay / 2);

    private static BlockCount WarmBad(CountingLimits options) => new(options.BadRecipients / Decay.FastPerHour / 2, double.PositiveInfinity);

    // Of a cold block there is nothing to be judged, and no lock to be taken.
    private BlockCounts Believe(OperatorSums sums, BlockCount warm, IpBlock host, in BlockCounts counts)
    {
        if (counts.Others <= warm.Fast && counts.Slow <= warm.Slow)
        {
            return counts;
        }

        OthersCount others;
        lock (_lock)
        {
            others = sums.Judge(host.Key, Now, _operators, new BlockCount(counts.Others, counts.Slow));
        }

        return counts with
        {
            Others = (float)Math.Min(counts.Others, others.Likely.Fast),
            Slow = (float)Math.Max(0, counts.Slow - others.Disbelieved.Slow),
            Proven = (float)Math.Min(counts.Others, others.Proven.Fast),
        };
    }

    private void Add(LedgerTable table, OperatorSums sums, ReadOnlySpan<CountEntry> entries, string reporter, long time)
    {
        var when = DateTimeOffset.FromUnixTimeMilliseconds(time);
        var now = Now;
        Span<BlockCounts> before = stackalloc BlockCounts[Ledger.GroupSize];
        while (!entries.IsEmpty)
        {
            var group = entries[..Math.Min(Ledger.GroupSize, entries.Length)];
            entries = entries[group.Length..];
            if (!ledger.AddFromNetwork(table, group, when, before))
            {
                return;
            }

            lock (_lock)
            {
                for (var i = 0; i < group.Length; i++)
                {
                    // The slow count before is everybody's, this node's too: so a block is looked at rather too soon. Of a late
                    // batch it is too much, not being decayed to now; no more is believed than the ledger counts, anyway.
                    sums.Add(group[i].Key, reporter, group[i].Units, time, new BlockCount(before[i].Others, before[i].Slow), now);
                }
            }
        }
    }

    private void Recall(BatchCounts counts, DateTimeOffset when)
    {
        foreach (var entry in counts.Attempts)
        {
            ledger.AddHistory(entry.Host, (float)entry.Units, 0, when);
        }

        foreach (var entry in counts.BadRecipients)
        {
            ledger.AddHistory(entry.Host, 0, (float)entry.Units, when);
        }
    }

    private void Remember(IpBlock host)
    {
        var now = ledger.Now;
        var (attempts, bad) = (ledger.ReadHost(host, now), ledger.ReadBadRecipients(host, now));
        lock (_lock)
        {
            _attempts.Raise(host.Key, new BlockCount(attempts.Others, 0), Now);
            _bad.Raise(host.Key, new BlockCount(bad.Others, 0), Now);
        }
    }

    private IEnumerable<BlockRow> Rows(LedgerTable table)
    {
        BlockRow[] buffer = [];
        for (var shard = 0; shard < Ledger.ShardCount; shard++)
        {
            var count = ledger.CopyRows(shard, table, ref buffer);
            for (var i = 0; i < count; i++)
            {
                yield return buffer[i];
            }
        }
    }
}
