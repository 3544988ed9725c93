using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>
/// All counts of this node: attempts per host, site and region, and bad recipients per host. Thread-safe; memory only.
/// Counts from other nodes come in through <see cref="AddFromNetwork"/>, and are kept apart from what this node saw itself.
/// Shards hold whole regions and grow by themselves, so that no decision waits for more than one table's growth.
/// </summary>
internal sealed class Ledger
{
    /// <summary>News older than this says nothing about the present any more: 86 % of it has decayed from the fast counters.</summary>
    private static readonly long OldestNews = 2 * (long)Decay.FastTime.TotalSeconds * Stamp.PerSecond;

    /// <summary>Hosts whose rows are fetched into the processor's cache together: as many as it can wait for at a time, and few enough that all stay in its first cache.</summary>
    public const int GroupSize = 16;

    /// <summary>Enough that threads seldom meet and growth is short, few enough that an idle ledger costs little.</summary>
    private const int ShardBits = 8;

    private readonly KeyScrambler _scrambler = new();
    private readonly ulong _shardSalt = Secret.OddWord();
    private readonly LedgerClock _clock;
    private readonly RowBudget[] _budgets;
    private readonly LedgerShard[] _shards;

    public Ledger(CountingLimits options, TimeProvider time)
    {
        _clock = new LedgerClock(time);
        _budgets = [.. Enum.GetValues<LedgerTable>().Select(_ => new RowBudget(options.MaxRows))];
        _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new LedgerShard(_budgets))];
    }

    public static int ShardCount => 1 << ShardBits;

    /// <summary>The present, in tenths of a second, UTC.</summary>
    public long Tenths => _clock.Tenths;

    /// <summary>The present, as a <see cref="Stamp"/>.</summary>
    public uint Now => _clock.Now;

    /// <summary>Rows in all tables.</summary>
    public int Rows => _budgets.Sum(b => b.Rows);

    public int RowsIn(LedgerTable table) => _budgets[(int)table].Rows;

    /// <summary>Counts an attempt seen by this node, up the ladder; returns the host's counts as they stood before it.</summary>
    public BlockCounts AddOwn(IpBlock host, float units, uint now) => AddUp(host, now, now, units, 0);

    /// <summary>Counts a recipient that the destination told this node does not exist.</summary>
    public void AddBadRecipient(IpBlock host)
    {
        var now = Now;
        AddBad(host, now, now, 1, 0);
    }

    /// <summary>Adds what another node saw of host blocks. It can delay those hosts, but never have them refused.</summary>
    /// <param name="table"><see cref="LedgerTable.Hosts"/>: attempts, counted up the ladder; <see cref="LedgerTable.BadRecipients"/>: recipients that do not exist.</param>
    /// <param name="entries">At most <see cref="GroupSize"/>.</param>
    /// <param name="when">When they were seen: the future is taken for now, and what is older than two fast time constants is dropped.</param>
    /// <param name="before">As long; gets the hosts' counts as they stood before, at that moment or a later one.</param>
    /// <returns>False when it was dropped: too old.</returns>
    public bool AddFromNetwork(LedgerTable table, ReadOnlySpan<CountEntry> entries, DateTimeOffset when, Span<BlockCounts> before)
    {
        var present = _clock.Tenths;
        var seen = Math.Min(present, Stamp.Tenths(when));
        if (present - seen > OldestNews)
        {
            return false;
        }

        var (now, stamp) = (Stamp.Of(present), Stamp.Of(seen));
        if (table == LedgerTable.BadRecipients)
        {
            for (var i = 0; i < entries.Length; i++)
            {
                before[i] = AddBad(entries[i].Host, now, stamp, 0, (float)entries[i].Units);
            }

            return true;
        }

        Span<LadderKeys> keys = stackalloc LadderKeys[GroupSize];
        for (var i = 0; i < entries.Length; i++)
        {
            keys[i] = LadderKeys.Of(entries[i].Host, _scrambler);
            ShardOf(keys[i].Region).Prefetch(keys[i]);
        }

        for (var i = 0; i < entries.Length; i++)
        {
            before[i] = AddUp(keys[i], now, stamp, 0, (float)entries[i].Units);
        }

        return true;
    }

    /// <summary>Adds what this node itself saw before it was started again, as others remember it.</summary>
    /// <param name="host">The host block.</param>
    /// <param name="units">Attempts, a retry weighing less.</param>
    /// <param name="badRecipients">Recipients that do not exist.</param>
    /// <param name="when">When they were seen; the future is taken for now.</param>
    public void AddHistory(IpBlock host, float units, float badRecipients, DateTimeOffset when)
    {
        var present = _clock.Tenths;
        var (now, stamp) = (Stamp.Of(present), Stamp.Of(Math.Min(present, Stamp.Tenths(when))));
        if (units > 0)
        {
            AddUp(host, now, stamp, units, 0);
        }

        if (badRecipients > 0)
        {
            AddBad(host, now, stamp, badRecipients, 0);
        }
    }

    /// <summary>Raises what is known of a host, all nodes together, to at least these counts; what is added is the others'.</summary>
    /// <param name="attempts">Decayed to now.</param>
    /// <param name="badRecipients">Decayed to now.</param>
    public void Raise(IpBlock host, BlockCount attempts, BlockCount badRecipients)
    {
        var keys = LadderKeys.Of(host, _scrambler);
        var shard = ShardOf(keys.Region);
        var now = Now;
        lock (shard.Gate)
        {
            var known = shard.Hosts.Read(keys.Host, now);
            var (fast, slow) = (Lacking(attempts.Fast, known.Own + known.Others), Lacking(attempts.Slow, known.Slow));
            if (fast > 0 || slow > 0)
            {
                shard.Hosts.FindOrAdd(keys.Host, now, now).AddOthers(now, fast, slow);
                shard.Sites.FindOrAdd(keys.Site, now, now).AddOthers(now, fast, slow);
                shard.Regions.FindOrAdd(keys.Region, now, now).AddOthers(now, fast, slow);
            }

            known = shard.BadRecipients.Read(keys.Host, now);
            (fast, slow) = (Lacking(badRecipients.Fast, known.Own + known.Others), Lacking(badRecipients.Slow, known.Slow));
            if (fast > 0 || slow > 0)
            {
                shard.BadRecipients.FindOrAdd(keys.Host, now, now).AddOthers(now, fast, slow);
            }
        }
    }

    /// <summary>The counts of a host block and of the blocks around it, and of its bad recipients if it is worth looking for them.</summary>
    /// <param name="guessesFrom">Units an hour from which the host may have too many bad recipients; below, none are looked up.</param>
    public Evidence Read(IpBlock host, uint now, float guessesFrom = 0)
    {
        var keys = LadderKeys.Of(host, _scrambler);
        var shard = ShardOf(keys.Region);
        shard.Prefetch(keys);
        lock (shard.Gate)
        {
            var counts = shard.Hosts.Read(keys.Host, now);
            return new Evidence(
                host,
                new LadderCounts(counts, shard.Sites.Read(keys.Site, now), shard.Regions.Read(keys.Region, now)),
                counts.PerHour >= guessesFrom ? shard.BadRecipients.Read(keys.Host, now) : default);
        }
    }

    /// <summary>The counts of a host block alone.</summary>
    public BlockCounts ReadHost(IpBlock host, uint now) => ReadOne(LedgerTable.Hosts, host, now);

    /// <summary>The bad recipients of a host block.</summary>
    public BlockCounts ReadBadRecipients(IpBlock host, uint now) => ReadOne(LedgerTable.BadRecipients, host, now);

    /// <summary>Notes whether a host is refused at the door; one without a row can't be.</summary>
    public void SetRefused(IpBlock host, bool refused)
    {
        var key = _scrambler.Scramble(host.Key);
        var shard = ShardOf(host);
        lock (shard.Gate)
        {
            if (shard.Hosts.TryFind(key, out var slot))
            {
                shard.Hosts[slot].Refused = refused;
            }
        }
    }

    /// <summary>Reclaims what has decayed to nothing, a table at a time.</summary>
    public void Sweep()
    {
        foreach (var shard in _shards)
        {
            foreach (var table in Enum.GetValues<LedgerTable>())
            {
                lock (shard.Gate)
                {
                    shard[table].Sweep(Now);
                }
            }
        }
    }

    /// <summary>Copies the rows of one table of one shard, under their true keys, into a buffer that grows as it must; returns how many.</summary>
    public int CopyRows(int shard, LedgerTable table, ref BlockRow[] buffer)
    {
        int count;
        lock (_shards[shard].Gate)
        {
            count = _shards[shard][table].Count;
            if (buffer.Length < count)
            {
                buffer = new BlockRow[count + (count / 4)];
            }

            _shards[shard][table].CopyTo(buffer);
        }

        foreach (ref var row in buffer.AsSpan(0, count))
        {
            row.Key = _scrambler.Unscramble(row.Key);
        }

        return count;
    }

    /// <summary>Puts a row back as it was copied, in place of whatever is held of its block; false if it has decayed to nothing.</summary>
    public bool Restore(LedgerTable table, BlockRow row)
    {
        var now = Now;
        var shard = ShardOf(new IpBlock(row.Key, BlockLevel.Host));
        row.Key = _scrambler.Scramble(row.Key);
        row.ClampTo(now);
        if (row.Key == 0 || row.SlowAt(now) < Decay.Nothing)
        {
            return false;
        }

        lock (shard.Gate)
        {
            shard[table].FindOrAdd(row.Key, now, row.Moment) = row;
            return true;
        }
    }

    private static float Lacking(double wanted, float known) => (float)Math.Max(0, wanted - known);

    private BlockCounts AddUp(IpBlock host, uint now, uint when, float own, float others)
    {
        var keys = LadderKeys.Of(host, _scrambler);
        ShardOf(keys.Region).Prefetch(keys);
        return AddUp(keys, now, when, own, others);
    }

    private BlockCounts AddUp(in LadderKeys keys, uint now, uint when, float own, float others)
    {
        var shard = ShardOf(keys.Region);
        lock (shard.Gate)
        {
            var before = shard.Hosts.Add(keys.Host, now, when, own, others);
            shard.Sites.Add(keys.Site, now, when, own, others);
            shard.Regions.Add(keys.Region, now, when, own, others);
            return before;
        }
    }

    private BlockCounts AddBad(IpBlock host, uint now, uint when, float own, float others)
    {
        var key = _scrambler.Scramble(host.Key);
        var shard = ShardOf(host);
        lock (shard.Gate)
        {
            return shard.BadRecipients.Add(key, now, when, own, others);
        }
    }

    private BlockCounts ReadOne(LedgerTable table, IpBlock host, uint now)
    {
        var key = _scrambler.Scramble(host.Key);
        var shard = ShardOf(host);
        lock (shard.Gate)
        {
            return shard[table].Read(key, now);
        }
    }

    private LedgerShard ShardOf(IpBlock block) => ShardOf(_scrambler.Scramble(block.Region.Key));

    private LedgerShard ShardOf(ulong regionKey) => _shards[(int)((regionKey * _shardSalt) >> (64 - ShardBits))];
}
