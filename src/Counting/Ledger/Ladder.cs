using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>One host with its site and region in a shard whose lock is held: how an attempt climbs from the host to the blocks around it.</summary>
/// <param name="now">The present, as a <see cref="Stamp"/>.</param>
/// <param name="time">The present, in milliseconds since 1970.</param>
internal readonly ref struct Ladder(LedgerShard shard, LedgerRules rules, LadderKeys keys, uint now, long time)
{
    private readonly LedgerShard _shard = shard;
    private readonly LedgerRules _rules = rules;
    private readonly LadderKeys _keys = keys;
    private readonly uint _now = now;
    private readonly long _time = time;

    /// <summary>Counts an attempt that this node sees.</summary>
    /// <param name="units">What it costs the host.</param>
    /// <param name="climbs">It counts in the site and the region too.</param>
    /// <param name="freeIfOver">It counts nothing if the host is over its limit.</param>
    public Registration AddOwn(float units, bool climbs, bool freeIfOver)
    {
        ref var row = ref _shard.Hosts.FindOrAdd(_keys.Host, _now, _now);
        row.DecayTo(_now);
        var before = _shard.Hosts.Read(ref row, _now);
        var isOver = IsOver(before);
        if (isOver && freeIfOver)
        {
            return new Registration(before, Waits: false, Counted: false);
        }

        var waits = climbs && !isOver && Climb(ref row, before, ReportRow.Own, 1, _now, isSeen: true);
        row.Add(_now, units, 0);
        return new Registration(before, waits, Counted: true);
    }

    /// <summary>Counts an entry of a batch. A host over its limit adds nothing to its site and region, and no host adds more than up to its limit.</summary>
    /// <param name="when">When it was seen, at most now.</param>
    public void AddReport(int @operator, in CountEntry entry, uint when)
    {
        var seen = Supplement.Read(entry);
        ref var row = ref _shard.Hosts.FindOrAdd(_keys.Host, _now, when);
        if (@operator != ReportRow.Own)
        {
            row.NoteReporter(@operator);
        }

        if (!entry.Host.IsQuota)
        {
            var before = _shard.Hosts.Read(ref row, _now);
            var room = IsOver(before) ? 0 : MathF.Ceiling(_rules.HostLimit - before.Own - before.Others);
            var attempts = room <= 0 ? 0 : Math.Min(seen.Attempts, room) + seen.Retries;
            if (attempts > 0)
            {
                Climb(ref row, before, @operator, attempts, when, isSeen: @operator == ReportRow.Own || row.Reporters > _rules.LeftOut);
            }
        }

        _shard.Hosts.AddReport(ref row, @operator, seen.HostUnits, when, _now);
    }

    /// <summary>Counts an entry of a batch of this node's own, of before it was started again.</summary>
    public void AddHistory(in CountEntry entry, uint when)
    {
        var seen = Supplement.Read(entry);
        ref var row = ref _shard.Hosts.FindOrAdd(_keys.Host, _now, when);
        if (!entry.Host.IsQuota)
        {
            Climb(ref row, _shard.Hosts.Read(ref row, _now), ReportRow.Own, Math.Min(seen.Attempts, _rules.HostLimit) + seen.Retries, when, isSeen: true);
        }

        row.Add(when, seen.HostUnits, 0);
    }

    public Evidence Read(IpBlock host, float guessesFrom)
    {
        var counts = _shard.Hosts.Read(_keys.Host, _now);
        var (site, region) = (_shard.Sites.Read(_keys.Site, _now), _shard.Regions.Read(_keys.Region, _now));
        var hasRow = _shard.Hosts.TryFind(_keys.Host, out var slot);
        var standing = hasRow && _shard.Hosts[slot].Standing;
        return new Evidence(
            host,
            counts,
            counts.PerHour >= guessesFrom ? _shard.BadRecipients.Read(_keys.Host, _now) : default,
            new Neighbourhood(
                standing,
                hasRow ? TimeSpan.FromSeconds(_shard.Hosts[slot].Age(_now) / Stamp.PerSecond) : TimeSpan.Zero,
                site,
                region,
                standing ? new Thinning(1, 1, 1, 1) : ThinningOf(site, region)),
            OthersMayLie: _rules.LeftOut > 0);
    }

    private bool IsOver(in BlockCounts counts) =>
        counts.Refused || counts.Own + counts.Others >= _rules.HostLimit || counts.Slow >= _rules.DayLimit;

    private Thinning ThinningOf(in AreaCounts site, in AreaCounts region) =>
        Thinning.Of(site, region, _rules.SitePerHour(_time), _rules.RegionPerHour(_time));

    // Returns whether the attempts were counted as those of a waiting host. A newcomer's attempt counts in the region as much as its chance in the site is.
    private bool Climb(ref HostRow row, in BlockCounts before, int @operator, float attempts, uint when, bool isSeen)
    {
        var (site, region) = (_shard.Sites.DecayTo(_keys.Site, _now), _shard.Regions.DecayTo(_keys.Region, _now));
        if (!row.Standing && isSeen && row.Age(_now) >= Promotions.Age && Promotions.IsFree(site, region, _keys.IsIPv4))
        {
            row.Standing = true;
            _shard.Sites.AddPromotion(_keys.Site, _now);
            _shard.Regions.AddPromotion(_keys.Region, _now);
        }

        if (row.Standing)
        {
            Add(@operator, new ReportCell(0, 0, attempts), new ReportCell(0, 0, attempts), when);
            return false;
        }

        var thinning = ThinningOf(site, region);
        if (thinning.Waiting > thinning.Newcomer && before.Slow < Thinning.WaitsBelow && row.Age(_now) >= Thinning.WaitsAfter)
        {
            Add(@operator, new ReportCell(0, attempts, 0), new ReportCell(0, attempts * thinning.WaitingSite, 0), when);
            return true;
        }

        Add(@operator, new ReportCell(attempts, 0, 0), new ReportCell(attempts * thinning.Site, 0, 0), when);
        return false;
    }

    private void Add(int @operator, in ReportCell site, in ReportCell region, uint when)
    {
        _shard.Sites.Add(_keys.Site, @operator, site, when, _now);
        _shard.Regions.Add(_keys.Region, @operator, region, when, _now);
    }
}
