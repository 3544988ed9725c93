namespace ThrottleNet.Counting;

/// <summary>What the shards of a ledger need to know of limits, faults and the age of the ledger's memory. Thread-safe.</summary>
internal sealed class LedgerRules
{
    // While the memory of hosts is young, nearly every host looks like a newcomer.
    private const float WarmingSite = 10;
    private const float WarmingRegion = 40;

    // A block is warm from half of its limit on: below, reports can slow but not defer.
    private const float WarmShare = 0.5f;

    private float _sitePerHour;
    private float _regionPerHour;
    private ReportCell[] _warm = [];
    private long _active;
    private volatile int _lowered;
    private volatile int _leftOut;

    public LedgerRules(CountingLimits limits, FaultTolerance faults)
    {
        Faults = faults;
        WarmUp = (long)limits.WarmUp.TotalMilliseconds;
        Heard = new ActiveOperators(0, IsSettled: true);
        Adopt(limits);
    }

    public FaultTolerance Faults { get; }

    /// <summary>The fast count of a host at its limit an hour.</summary>
    public float HostLimit { get; private set; }

    /// <summary>The slow count of a host at its limit a day.</summary>
    public float DayLimit { get; private set; }

    /// <summary>Milliseconds.</summary>
    public long WarmUp { get; }

    /// <summary>When the memory of hosts began, in milliseconds since 1970.</summary>
    public long MemorySince { get; set; }

    /// <summary>The other operators; their number bounds how many reports are lowered or left out.</summary>
    public ActiveOperators Heard
    {
        get
        {
            var packed = Volatile.Read(ref _active);
            return new ActiveOperators((int)(packed >> 1), (packed & 1) != 0);
        }

        set
        {
            Volatile.Write(ref _active, ((long)value.Count << 1) | (value.IsSettled ? 1u : 0u));
            (_lowered, _leftOut) = (Faults.Lowered(value), Faults.LeftOut(value));
        }
    }

    /// <inheritdoc cref="FaultTolerance.Lowered"/>
    public int Lowered => _lowered;

    /// <summary>Operators whose reports are left out of what has a host refused: one at least where any may lie, so that no single operator has it refused.</summary>
    public int LeftOutOfEvidence => Math.Max(_leftOut, Math.Min(Faults.Faulty, 1));

    /// <inheritdoc cref="FaultTolerance.LeftOut"/>
    public int LeftOut => _leftOut;

    /// <summary>Uses other rates from now on. The warm-up and the sizes of tables stay as they are.</summary>
    public void Adopt(CountingLimits limits)
    {
        (_sitePerHour, _regionPerHour) = (limits.SitePerHour, limits.RegionPerHour);
        HostLimit = limits.Host.Hard / Decay.FastPerHour;
        DayLimit = limits.Host.Day / Decay.SlowPerDay;
        var badLimit = limits.ContentRejects > 0 ? Math.Min(limits.BadRecipients, limits.ContentRejects) : limits.BadRecipients;
        var warm = new ReportCell[(int)LedgerTable.BadRecipients + 1];
        warm[(int)LedgerTable.Hosts] = new ReportCell(HostLimit * WarmShare, float.PositiveInfinity, DayLimit * WarmShare);
        warm[(int)LedgerTable.Sites] = WarmArea(limits.SitePerHour);
        warm[(int)LedgerTable.Regions] = WarmArea(limits.RegionPerHour);
        warm[(int)LedgerTable.BadRecipients] = new ReportCell(badLimit / Decay.FastPerHour * WarmShare, float.PositiveInfinity, float.PositiveInfinity);
        Volatile.Write(ref _warm, warm);
    }

    /// <summary>The counts above which a block of a table is warm: reports are kept by operator from then on.</summary>
    public ReportCell WarmIn(LedgerTable table) => Volatile.Read(ref _warm)[(int)table];

    /// <summary>Whether the memory of hosts is too young to know newcomers.</summary>
    public bool IsWarming(long now) => now - MemorySince < WarmUp;

    /// <summary>Newcomers' attempts an hour in a site.</summary>
    public float SitePerHour(long now) => IsWarming(now) ? _sitePerHour * WarmingSite : _sitePerHour;

    /// <summary>Newcomers' attempts an hour in a region.</summary>
    public float RegionPerHour(long now) => IsWarming(now) ? _regionPerHour * WarmingRegion : _regionPerHour;

    // Where no operator lies, areas need no reports by operator. Hosts do all the same: they corroborate.
    private ReportCell WarmArea(float perHour) => Faults.Faulty == 0
        ? new ReportCell(float.PositiveInfinity, float.PositiveInfinity, float.PositiveInfinity)
        : new ReportCell(perHour / Decay.FastPerHour * WarmShare, perHour / Decay.FastPerHour * WarmShare / 4, perHour * 24 / Decay.SlowPerDay * WarmShare);
}
