using ThrottleNet.Protocol.Blocks;

namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// All counts of this node: attempts per host, site and region, and bad recipients per host. Thread-safe; memory only.
/// Counts from other nodes come in through <see cref="AddFromNetwork"/>, and are kept apart from what this node saw itself.
/// </summary>
internal sealed class Ledger
{
    /// <summary>News older than this says nothing about the present any more: 86 % of it has decayed from the fast counters.</summary>
    private static readonly long OldestNews = 2 * (long)Decay.FastTime.TotalSeconds * Stamp.PerSecond;

    private readonly LedgerClock _clock;
    private readonly BlockTable _hosts;
    private readonly BlockTable _sites;
    private readonly BlockTable _regions;
    private readonly BlockTable _badRecipients;

    public Ledger(ThrottleOptions options, TimeProvider time)
    {
        _clock = new LedgerClock(time);
        var scrambler = KeyScrambler.Random();
        Tables = [.. Enumerable.Range(0, 4).Select(_ => new BlockTable(scrambler, options.MaxRows))];
        (_hosts, _sites, _regions, _badRecipients) = (Tables[0], Tables[1], Tables[2], Tables[3]);
    }

    /// <summary>Hosts, sites, regions and the hosts' bad recipients, in the order of a snapshot.</summary>
    public IReadOnlyList<BlockTable> Tables { get; }

    /// <summary>The present, as a <see cref="Stamp"/>.</summary>
    public uint Now => _clock.Now;

    /// <summary>Rows in all tables.</summary>
    public int Rows => Tables.Sum(t => t.Count);

    /// <summary>Counts an attempt seen by this node, up the ladder; returns the host's counts as they stood before it.</summary>
    public BlockCounts AddOwn(IpBlock host, float units) => AddUp(host, Now, Now, units, 0);

    /// <summary>Counts a recipient that the destination told this node does not exist.</summary>
    public void AddBadRecipient(IpBlock host)
    {
        var now = Now;
        _badRecipients.Add(host.Key, now, now, 1, 0);
    }

    /// <summary>Adds what another node saw of a host block. It can delay that host, but never have it refused.</summary>
    /// <param name="host">The host block; its site and region follow from it.</param>
    /// <param name="units">Attempts, weighed as <see cref="AddOwn"/> weighs them; not negative.</param>
    /// <param name="badRecipients">Recipients that do not exist; not negative.</param>
    /// <param name="when">When they were seen: the future is taken for now, and what is older than two fast time constants is dropped.</param>
    /// <returns>False when it was dropped: too old, not a host, or not a count.</returns>
    public bool AddFromNetwork(IpBlock host, float units, float badRecipients, DateTimeOffset when)
    {
        var present = _clock.Tenths;
        var seen = Math.Min(present, Stamp.Tenths(when));
        if (present - seen > OldestNews || host.Level != BlockLevel.Host || !IsCount(units) || !IsCount(badRecipients))
        {
            return false;
        }

        var (now, stamp) = (Stamp.Of(present), Stamp.Of(seen));
        if (units > 0)
        {
            AddUp(host, now, stamp, 0, units);
        }

        if (badRecipients > 0)
        {
            _badRecipients.Add(host.Key, now, stamp, 0, badRecipients);
        }

        return true;
    }

    /// <summary>The counts of a host block and of the blocks around it.</summary>
    public LadderCounts Read(IpBlock host, uint now) =>
        new(_hosts.Read(host.Key, now), _sites.Read(host.Site.Key, now), _regions.Read(host.Region.Key, now));

    /// <summary>The counts of a host block alone.</summary>
    public BlockCounts ReadHost(IpBlock host, uint now) => _hosts.Read(host.Key, now);

    /// <summary>The bad recipients of a host block.</summary>
    public BlockCounts ReadBadRecipients(IpBlock host, uint now) => _badRecipients.Read(host.Key, now);

    /// <inheritdoc cref="BlockTable.SetRefused"/>
    public void SetRefused(IpBlock host, bool refused) => _hosts.SetRefused(host.Key, refused);

    /// <summary>Reclaims what has decayed to nothing.</summary>
    public void Sweep()
    {
        foreach (var table in Tables)
        {
            table.Sweep(Now);
        }
    }

    private static bool IsCount(float units) => float.IsFinite(units) && units >= 0;

    private BlockCounts AddUp(IpBlock host, uint now, uint when, float own, float others)
    {
        var (site, region) = (host.Site.Key, host.Region.Key);
        _hosts.Touch(host.Key);
        _sites.Touch(site);
        _regions.Touch(region);
        var before = _hosts.Add(host.Key, now, when, own, others);
        _sites.Add(site, now, when, own, others);
        _regions.Add(region, now, when, own, others);
        return before;
    }
}
