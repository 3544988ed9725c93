using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>One host with its site and region in a shard whose lock is held: how an attempt climbs from the host to the blocks around it.</summary>
/// <param name="now">The present, as a <see cref="Stamp"/>.</param>
/// <param name="time">The present, in milliseconds since 1970.</param>
internal readonly ref struct Ladder(in LadderPlace place, LedgerRules rules, uint now, long time)
{
    private readonly LedgerShard _shard = place.Shard;
    private readonly LedgerRules _rules = rules;
    private readonly LadderKeys _keys = place.Keys;
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
        row.AddOwn(_now, units);
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
            row.DecayTo(when);
            var before = _shard.Hosts.Read(ref row, _now);
            var room = IsOver(before) ? 0 : MathF.Ceiling(_rules.HostLimit - before.Own - before.Others);
            var attempts = room <= 0 ? 0 : Math.Min(seen.Attempts, room) + seen.Retries;
            if (attempts > 0)
            {
                Climb(ref row, before, @operator, attempts, when, isSeen: @operator == ReportRow.Own || row.Reporters > _rules.LeftOut);
            }
        }

        // What the own operator's nodes let pass by a trusted quota is evidence from the first unit on: a cluster counts the quota exactly.
        var keeps = @operator == ReportRow.Own && entry.Host.IsQuota;
        _shard.Hosts.AddReport(ref row, @operator, new ReportCell(seen.HostUnits, 0, seen.HostUnits), when, _now, keeps);
    }

    /// <summary>Counts an entry of a batch of this node's own, of before it was started again.</summary>
    public void AddHistory(in CountEntry entry, uint when)
    {
        var seen = Supplement.Read(entry);
        ref var row = ref _shard.Hosts.FindOrAdd(_keys.Host, _now, when);
        var attempts = Math.Min(seen.Attempts, _rules.HostLimit) + seen.Retries;
        if (!entry.Host.IsQuota && attempts > 0)
        {
            Climb(ref row, _shard.Hosts.Read(ref row, _now), ReportRow.Own, attempts, when, isSeen: true);
        }

        row.AddOwn(when, seen.HostUnits);
    }

    /// <summary>Counts in the site and the region what a snapshot added to a host. A snapshot does not say who reported it. No host adds more than up to its limit.</summary>
    /// <param name="units">The units that were added to the host.</param>
    public void ClimbRaised(float units)
    {
        ref var row = ref _shard.Hosts.FindOrAdd(_keys.Host, _now, _now);
        ref var site = ref _shard.Sites.FindOrAdd(_keys.Site, _now, _now);
        ref var region = ref _shard.Regions.FindOrAdd(_keys.Region, _now, _now);
        site.DecayTo(_now);
        region.DecayTo(_now);
        var (siteCell, regionCell, _) = CellsOf(
            row, _shard.Hosts.Read(ref row, _now), Math.Min(units, _rules.HostLimit), _shard.Sites.Read(ref site, _now), _shard.Regions.Read(ref region, _now));
        site.AddReports(siteCell);
        region.AddReports(regionCell);
    }

    /// <param name="guessesFrom">See <see cref="Ledger.Read"/>.</param>
    /// <param name="thinsAll">Whether the chances of a host over its limit are needed too.</param>
    public Evidence Read(IpBlock host, float guessesFrom, bool thinsAll)
    {
        var (counts, standing) = (default(BlockCounts), false);
        if (_shard.Hosts.TryFind(_keys.Host, out var slot))
        {
            ref var row = ref _shard.Hosts[slot];
            (counts, standing) = (_shard.Hosts.Read(ref row, _now), row.Standing);
        }

        return new Evidence(
            host,
            counts,
            counts.PerHour >= guessesFrom ? _shard.BadRecipients.Read(_keys.Host, _now) : default,
            standing ? Thinning.None : thinsAll || !IsOver(counts) ? ReadThinning() : null,
            OthersMayLie: _rules.LeftOut > 0);
    }

    /// <summary>The chances of the next attempt of a host without standing.</summary>
    public Thinning ReadThinning()
    {
        var (siteLimit, regionLimit) = (_rules.SitePerHour(_time), _rules.RegionPerHour(_time));
        return _shard.Sites.IsUnder(siteLimit, _keys.Site) && _shard.Regions.IsUnder(regionLimit, _keys.Region)
            ? Thinning.None
            : Thinning.Of(_shard.Sites.Read(_keys.Site, _now), _shard.Regions.Read(_keys.Region, _now), siteLimit, regionLimit);
    }

    public Neighbourhood ReadNeighbourhood()
    {
        var (site, region) = (_shard.Sites.Read(_keys.Site, _now), _shard.Regions.Read(_keys.Region, _now));
        return _shard.Hosts.TryFind(_keys.Host, out var slot)
            ? new Neighbourhood(_shard.Hosts[slot].Standing, TimeSpan.FromSeconds(_shard.Hosts[slot].Age(_now) / Stamp.PerSecond), site, region)
            : new Neighbourhood(Standing: false, TimeSpan.Zero, site, region);
    }

    private bool IsOver(in BlockCounts counts) =>
        counts.Refused || counts.Own + counts.Others >= _rules.HostLimit || counts.Slow >= _rules.DayLimit;

    private Thinning ThinningOf(in AreaCounts site, in AreaCounts region) =>
        Thinning.Of(site, region, _rules.SitePerHour(_time), _rules.RegionPerHour(_time));

    // Returns whether the attempts were counted as those of a waiting host. A newcomer's attempt counts in the region as much as its chance in the site is.
    private bool Climb(ref HostRow row, in BlockCounts before, int @operator, float attempts, uint when, bool isSeen)
    {
        ref var site = ref _shard.Sites.FindOrAdd(_keys.Site, _now, when);
        ref var region = ref _shard.Regions.FindOrAdd(_keys.Region, _now, when);
        site.DecayTo(_now);
        region.DecayTo(_now);
        var (inSite, inRegion) = (_shard.Sites.Read(ref site, _now), _shard.Regions.Read(ref region, _now));
        if (!row.Standing && isSeen && row.Age(_now) >= Promotions.Age && Promotions.IsFree(inSite, inRegion, _keys.IsIPv4))
        {
            row.Standing = true;
            site.AddPromotions(1);
            region.AddPromotions(1);
        }

        var (siteCell, regionCell, waits) = CellsOf(row, before, attempts, inSite, inRegion);
        _shard.Sites.AddReport(ref site, @operator, siteCell, when, _now);
        _shard.Regions.AddReport(ref region, @operator, regionCell, when, _now);
        return waits;
    }

    // As what the attempts count in the site and in the region.
    private (ReportCell Site, ReportCell Region, bool Waits) CellsOf(
        in HostRow row, in BlockCounts before, float attempts, in AreaCounts inSite, in AreaCounts inRegion)
    {
        if (row.Standing)
        {
            return (new ReportCell(0, 0, attempts), new ReportCell(0, 0, attempts), false);
        }

        var thinning = ThinningOf(inSite, inRegion);
        return thinning.Waiting > thinning.Newcomer && before.Slow < Thinning.WaitsBelow && row.Age(_now) >= Thinning.WaitsAfter
            ? (new ReportCell(0, attempts, 0), new ReportCell(0, attempts * thinning.WaitingSite, 0), true)
            : (new ReportCell(attempts, 0, 0), new ReportCell(attempts * thinning.Site, 0, 0), false);
    }
}
