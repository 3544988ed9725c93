using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>
/// All counts of a node: attempts of hosts, sites and regions, bad recipients of hosts, and their messages that filters refused; its own, and those that others report (<see cref="LedgerReports"/>).
/// Thread-safe; memory only. Moments are milliseconds since 1970.
/// </summary>
internal sealed class Ledger
{
    // Blocks and cells of reports by operator, in all shards together.
    private const int MaxReports = 1_000_000;

    public Ledger(CountingLimits limits, FaultTolerance faults, int maxReports = MaxReports)
    {
        Rules = new LedgerRules(limits, faults);
        Operators = new OperatorNames(faults.OwnOperator);
        Reports = new RowBudget(maxReports);
        Shards = new LedgerShards(Rules, limits.MaxRows, Reports);
    }

    public LedgerRules Rules { get; }

    public LedgerShards Shards { get; }

    public OperatorNames Operators { get; }

    /// <summary>Blocks and cells of reports by operator.</summary>
    public RowBudget Reports { get; }

    /// <summary>The place of a host's rows; the processor starts to fetch them into its cache.</summary>
    public LadderPlace Fetch(IpBlock host) => Shards.Fetch(LadderKeys.Of(host, Shards.Scrambler));

    /// <summary>Counts an attempt that this node sees, up the ladder; use of a quota counts under its own key alone.</summary>
    /// <param name="units">What it costs the host; 0 for a patient retry.</param>
    /// <param name="freeIfOver">It counts nothing if the host is over its limit.</param>
    public Registration AddOwn(IpBlock host, float units, long now, bool freeIfOver = false) =>
        AddOwn(Fetch(host), units, now, climbs: !host.IsQuota, freeIfOver);

    /// <param name="climbs">It counts in the site and the region too.</param>
    /// <inheritdoc cref="AddOwn(IpBlock, float, long, bool)"/>
    public Registration AddOwn(in LadderPlace place, float units, long now, bool climbs, bool freeIfOver)
    {
        lock (place.Shard.Gate)
        {
            return new Ladder(place, Rules, Stamp.Of(now), now).AddOwn(units, climbs, freeIfOver);
        }
    }

    /// <summary>Counts units of a host that cost no site or region anything: a retry that passes after all.</summary>
    public void Charge(IpBlock host, float units, long now)
    {
        var (key, shard, stamp) = (KeyOf(host), Shards.Of(host), Stamp.Of(now));
        lock (shard.Gate)
        {
            shard.Hosts.FindOrAdd(key, stamp, stamp).AddOwn(stamp, units);
        }
    }

    /// <summary>Counts a recipient that does not exist, as the destination answered; under a host's supplement key, a message that a content filter refused.</summary>
    public void AddBadRecipient(IpBlock host, long now)
    {
        var (key, shard, stamp) = (KeyOf(host), Shards.Of(host), Stamp.Of(now));
        lock (shard.Gate)
        {
            shard.BadRecipients.FindOrAdd(key, stamp, stamp).AddOwn(stamp, 1);
        }
    }

    /// <summary>What a verdict on a host rests on.</summary>
    /// <param name="guessesFrom">Units an hour from which the host may have too many bad recipients; below, they are not looked up.</param>
    /// <param name="rejectsFrom">The same for messages that content filters refused.</param>
    /// <param name="thinsAll">Whether the chances of a host over its limit are needed too; otherwise its evidence has none.</param>
    public Evidence Read(IpBlock host, long now, float guessesFrom = 0, float rejectsFrom = 0, bool thinsAll = true)
    {
        var place = Fetch(host);
        Evidence evidence;
        lock (place.Shard.Gate)
        {
            evidence = new Ladder(place, Rules, Stamp.Of(now), now).Read(host, guessesFrom, thinsAll);
        }

        // Their row is in another shard, so it has another lock.
        return evidence.Counts.PerHour < rejectsFrom ? evidence
            : evidence with { ContentRejects = ReadHost(host.Supplement, now, LedgerTable.BadRecipients) };
    }

    /// <summary>The chances of the next attempt of a host without standing.</summary>
    public Thinning ReadThinning(IpBlock host, long now)
    {
        var place = Fetch(host);
        lock (place.Shard.Gate)
        {
            return new Ladder(place, Rules, Stamp.Of(now), now).ReadThinning();
        }
    }

    /// <summary>A host's age and standing, and the counts of the blocks around it.</summary>
    public Neighbourhood ReadNeighbourhood(IpBlock host, long now)
    {
        var place = Fetch(host);
        lock (place.Shard.Gate)
        {
            return new Ladder(place, Rules, Stamp.Of(now), now).ReadNeighbourhood();
        }
    }

    /// <summary>The counts of a host alone.</summary>
    public BlockCounts ReadHost(IpBlock host, long now, LedgerTable table = LedgerTable.Hosts)
    {
        var (key, shard) = (KeyOf(host), Shards.Of(host));
        lock (shard.Gate)
        {
            return shard.HostsOf(table).Read(key, Stamp.Of(now));
        }
    }

    /// <summary>The time since the last attempt of a host that was counted; <see cref="TimeSpan.MaxValue"/> for a host without a row.</summary>
    public TimeSpan LastAttempt(IpBlock host, long now)
    {
        var (key, shard) = (KeyOf(host), Shards.Of(host));
        lock (shard.Gate)
        {
            return shard.Hosts.TryFind(key, out var slot)
                ? TimeSpan.FromSeconds(Stamp.Between(shard.Hosts[slot].Moment, Stamp.Of(now)) / (double)Stamp.PerSecond)
                : TimeSpan.MaxValue;
        }
    }

    /// <summary>The time since a host was first seen, or since it last went far over its limit; zero for a host without a row.</summary>
    public TimeSpan Age(IpBlock host, long now)
    {
        var (key, shard) = (KeyOf(host), Shards.Of(host));
        lock (shard.Gate)
        {
            return shard.Hosts.TryFind(key, out var slot) ? TimeSpan.FromSeconds(shard.Hosts[slot].Age(Stamp.Of(now)) / Stamp.PerSecond) : TimeSpan.Zero;
        }
    }

    /// <summary>The operators that reported a warm host, most first.</summary>
    public IReadOnlyList<Reporter> Describe(IpBlock host, long now)
    {
        var (key, shard) = (KeyOf(host), Shards.Of(host));
        lock (shard.Gate)
        {
            return [.. shard.Hosts.Describe(key, Stamp.Of(now)).OrderByDescending(r => r.Fast)
                .Select(r => new Reporter(Operators[r.Operator], r.Fast * Decay.FastPerHour))];
        }
    }

    /// <summary>Notes that a host is refused when it connects. It also loses its standing.</summary>
    public void Refuse(IpBlock host, long now)
    {
        var (key, shard) = (KeyOf(host), Shards.Of(host));
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
        var (key, shard) = (KeyOf(host), Shards.Of(host));
        lock (shard.Gate)
        {
            if (shard.Hosts.TryFind(key, out var slot))
            {
                shard.Hosts[slot].Refused = false;
            }
        }
    }

    /// <summary>Forgets the counts of a host by all nodes, its bad recipients and refused messages included. What it counted in its site and region stays.</summary>
    public void Forgive(IpBlock host, long now)
    {
        Forgive(host.Supplement, LedgerTable.BadRecipients, now);
        Forgive(host, LedgerTable.BadRecipients, now);
        Forgive(host, LedgerTable.Hosts, now);
    }

    private void Forgive(IpBlock host, LedgerTable table, long now)
    {
        var (key, shard) = (KeyOf(host), Shards.Of(host));
        lock (shard.Gate)
        {
            var hosts = shard.HostsOf(table);
            if (hosts.TryFind(key, out var slot))
            {
                var row = hosts[slot];
                row.Forgive();
                hosts.Restore(row, Stamp.Of(now));
            }
        }
    }

    private ulong KeyOf(IpBlock host) => Shards.Scrambler.Scramble(host.Key);
}
