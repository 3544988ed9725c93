using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>
/// All counts of a node: attempts of hosts, sites and regions, and bad recipients of hosts; its own, and those that others report. Thread-safe; memory only.
/// A shard holds whole regions and grows by itself, so that no decision waits for more than one table's growth. Moments are milliseconds since 1970.
/// </summary>
internal sealed class Ledger
{
    /// <summary>Hosts whose rows are fetched into the processor's cache together: as many fetches as it can have under way.</summary>
    public const int GroupSize = 16;

    // Enough that threads seldom meet and growth is short; few enough that an idle ledger costs little. A small ledger has fewer.
    private const int ShardBits = 8;
    private const int FewShardBits = 4;
    private const int FewRows = 1 << 17;

    // Blocks and cells of reports by operator, in all shards together.
    private const int MaxReports = 1_000_000;

    // Reports older than this are dropped: 86 % of them has decayed from the fast counters.
    private static readonly long OldestReport = 2 * (long)Decay.FastTau;

    private readonly KeyScrambler _scrambler = new();
    private readonly ulong _shardSalt = Secret.OddWord();
    private readonly int _shardBits;
    private readonly RowBudget[] _budgets;
    private readonly LedgerShard[] _shards;
    private readonly OperatorNames _operators;

    public Ledger(CountingLimits limits, FaultTolerance faults, int maxReports = MaxReports)
    {
        Rules = new LedgerRules(limits, faults);
        _shardBits = limits.MaxRows < FewRows ? FewShardBits : ShardBits;
        _operators = new OperatorNames(faults.OwnOperator);
        _budgets = [.. Enum.GetValues<LedgerTable>().Select(_ => new RowBudget(limits.MaxRows))];
        Reports = new RowBudget(maxReports);
        _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new LedgerShard(Rules, _budgets, Reports))];
    }

    public int ShardCount => 1 << _shardBits;

    public LedgerRules Rules { get; }

    /// <summary>Blocks and cells of reports by operator.</summary>
    public RowBudget Reports { get; }

    /// <summary>Rows in all tables.</summary>
    public int Rows => _budgets.Sum(b => b.Rows);

    public int RowsIn(LedgerTable table) => _budgets[(int)table].Rows;

    /// <summary>Counts an attempt that this node sees, up the ladder.</summary>
    /// <param name="units">What it costs the host; 0 for a patient retry.</param>
    /// <param name="freeIfOver">It counts nothing if the host is over its limit.</param>
    public Registration AddOwn(IpBlock host, float units, long now, bool freeIfOver = false)
    {
        var keys = LadderKeys.Of(host, _scrambler);
        var shard = ShardOf(keys.Region);
        shard.Prefetch(keys);
        lock (shard.Gate)
        {
            var ladder = new Ladder(shard, Rules, keys, Stamp.Of(now), now);
            return ladder.AddOwn(units, climbs: !host.IsQuota, freeIfOver);
        }
    }

    /// <summary>Counts units of a host that cost no site or region anything: a retry that passes after all.</summary>
    public void Charge(IpBlock host, float units, long now)
    {
        var (key, shard, stamp) = (_scrambler.Scramble(host.Key), ShardOf(host), Stamp.Of(now));
        lock (shard.Gate)
        {
            shard.Hosts.FindOrAdd(key, stamp, stamp).Add(stamp, units, 0);
        }
    }

    /// <summary>Counts a recipient that the destination told this node does not exist.</summary>
    public void AddBadRecipient(IpBlock host, long now)
    {
        var (key, shard, stamp) = (_scrambler.Scramble(host.Key), ShardOf(host), Stamp.Of(now));
        lock (shard.Gate)
        {
            shard.BadRecipients.FindOrAdd(key, stamp, stamp).Add(stamp, 1, 0);
        }
    }

    /// <summary>Counts what a node of some operator saw.</summary>
    /// <param name="time">When: the future counts as now, and what is older than two fast time constants is dropped.</param>
    public void AddReports(string reporter, BatchCounts counts, long time, long now)
    {
        time = Math.Min(time, now);
        if (now - time > OldestReport)
        {
            return;
        }

        var (@operator, when, stamp) = (_operators.NumberOf(reporter), Stamp.Of(time), Stamp.Of(now));
        Span<LadderKeys> keys = stackalloc LadderKeys[GroupSize];
        for (var entries = counts.Attempts.AsSpan(); !entries.IsEmpty; entries = entries[Math.Min(GroupSize, entries.Length)..])
        {
            var group = entries[..Math.Min(GroupSize, entries.Length)];
            for (var i = 0; i < group.Length; i++)
            {
                keys[i] = LadderKeys.Of(Supplement.HostOf(group[i]), _scrambler);
                ShardOf(keys[i].Region).Prefetch(keys[i]);
            }

            for (var i = 0; i < group.Length; i++)
            {
                var shard = ShardOf(keys[i].Region);
                lock (shard.Gate)
                {
                    new Ladder(shard, Rules, keys[i], stamp, now).AddReport(@operator, group[i], when);
                }
            }
        }

        foreach (var entry in counts.BadRecipients)
        {
            var (key, shard) = (_scrambler.Scramble(entry.Key), ShardOf(entry.Host));
            lock (shard.Gate)
            {
                shard.BadRecipients.AddReport(ref shard.BadRecipients.FindOrAdd(key, stamp, when), @operator, (float)entry.Units, when, stamp);
            }
        }
    }

    /// <summary>Counts what this node itself saw before it was started again, as others remember it.</summary>
    public void AddHistory(BatchCounts counts, long time, long now)
    {
        var (when, stamp) = (Stamp.Of(Math.Min(time, now)), Stamp.Of(now));
        foreach (var entry in counts.Attempts)
        {
            var keys = LadderKeys.Of(Supplement.HostOf(entry), _scrambler);
            var shard = ShardOf(keys.Region);
            lock (shard.Gate)
            {
                new Ladder(shard, Rules, keys, stamp, now).AddHistory(entry, when);
            }
        }

        foreach (var entry in counts.BadRecipients)
        {
            var (key, shard) = (_scrambler.Scramble(entry.Key), ShardOf(entry.Host));
            lock (shard.Gate)
            {
                shard.BadRecipients.FindOrAdd(key, stamp, when).Add(when, (float)entry.Units, 0);
            }
        }
    }

    /// <summary>Raises what is known of a host to at least these counts, decayed to now; what is added counts as others'.</summary>
    public void Raise(IpBlock host, BlockCount attempts, BlockCount badRecipients, long now)
    {
        var (key, shard, stamp) = (_scrambler.Scramble(host.Key), ShardOf(host), Stamp.Of(now));
        lock (shard.Gate)
        {
            Raise(shard.Hosts, attempts);
            Raise(shard.BadRecipients, badRecipients);
        }

        void Raise(HostTable table, BlockCount to)
        {
            // Compared with all reports, not with the lowered ones: otherwise counts would come in twice.
            var known = table.ReadAll(key, stamp);
            var fast = (float)Math.Max(0, to.Fast - known.Fast);
            var slow = (float)Math.Max(0, to.Slow - known.Slow);
            if (fast > 0 || slow > 0)
            {
                ref var row = ref table.FindOrAdd(key, stamp, stamp);
                row.DecayTo(stamp);
                row.AddOthers(fast, slow);
            }
        }
    }

    /// <summary>All that is known of a host and of the blocks around it.</summary>
    /// <param name="guessesFrom">Units an hour from which the host may have too many bad recipients; below, they are not looked up.</param>
    public Evidence Read(IpBlock host, long now, float guessesFrom = 0)
    {
        var keys = LadderKeys.Of(host, _scrambler);
        var shard = ShardOf(keys.Region);
        shard.Prefetch(keys);
        lock (shard.Gate)
        {
            return new Ladder(shard, Rules, keys, Stamp.Of(now), now).Read(host, guessesFrom);
        }
    }

    /// <summary>The counts of a host alone.</summary>
    public BlockCounts ReadHost(IpBlock host, long now, LedgerTable table = LedgerTable.Hosts)
    {
        var (key, shard) = (_scrambler.Scramble(host.Key), ShardOf(host));
        lock (shard.Gate)
        {
            return shard.HostsOf(table).Read(key, Stamp.Of(now));
        }
    }

    /// <summary>The time since the last attempt of a host that was counted; <see cref="TimeSpan.MaxValue"/> for a host without a row.</summary>
    public TimeSpan LastAttempt(IpBlock host, long now)
    {
        var (key, shard) = (_scrambler.Scramble(host.Key), ShardOf(host));
        lock (shard.Gate)
        {
            return shard.Hosts.TryFind(key, out var slot)
                ? TimeSpan.FromSeconds(Stamp.Between(shard.Hosts[slot].Moment, Stamp.Of(now)) / (double)Stamp.PerSecond)
                : TimeSpan.MaxValue;
        }
    }

    /// <summary>The operators that reported a warm host, most first.</summary>
    public IReadOnlyList<Reporter> Describe(IpBlock host, long now)
    {
        var (key, shard) = (_scrambler.Scramble(host.Key), ShardOf(host));
        lock (shard.Gate)
        {
            return [.. shard.Hosts.Describe(key, Stamp.Of(now)).OrderByDescending(r => r.Fast)
                .Select(r => new Reporter(_operators[r.Operator], r.Fast * Decay.FastPerHour))];
        }
    }

    /// <summary>Notes that a host is refused when it connects. It also loses its standing.</summary>
    public void Refuse(IpBlock host, long now)
    {
        var (key, shard) = (_scrambler.Scramble(host.Key), ShardOf(host));
        lock (shard.Gate)
        {
            if (shard.Hosts.TryFind(key, out var slot))
            {
                shard.Hosts[slot].Refused = true;
                shard.Hosts[slot].StartAnew(Stamp.Of(now));
            }
        }
    }

    /// <summary>Notes that a host is let in again.</summary>
    public void LetIn(IpBlock host)
    {
        var (key, shard) = (_scrambler.Scramble(host.Key), ShardOf(host));
        lock (shard.Gate)
        {
            if (shard.Hosts.TryFind(key, out var slot))
            {
                shard.Hosts[slot].Refused = false;
            }
        }
    }

    /// <summary>One of <see cref="ShardCount"/> shards.</summary>
    public LedgerShard Shard(int index) => _shards[index];

    /// <summary>Turns keys into those of the rows, and back.</summary>
    public KeyScrambler Scrambler => _scrambler;

    /// <summary>The shard of a block.</summary>
    public LedgerShard ShardOf(IpBlock block) => ShardOf(_scrambler.Scramble(block.Region.Key));

    private LedgerShard ShardOf(ulong regionKey) => _shards[(int)((regionKey * _shardSalt) >> (64 - _shardBits))];
}
