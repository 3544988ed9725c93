using System.Runtime.InteropServices;

namespace ThrottleNet.Counting;

/// <summary>The counts of one site or region, 28 octets, own and others' together.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct AreaRow : IRow<AreaRow>
{
    private const uint ReportsFlag = ~Stamp.Mask;

    private ulong _key;
    private uint _stamp;
    private float _newcomers;
    private float _waiting;
    private float _standing;
    private float _promoted;

    public ulong Key
    {
        readonly get => _key;
        set => _key = value;
    }

    /// <summary>The moment the counts are for.</summary>
    public readonly uint Moment => _stamp & Stamp.Mask;

    public bool HasReports
    {
        readonly get => (_stamp & ReportsFlag) != 0;
        set => _stamp = value ? _stamp | ReportsFlag : Moment;
    }

    /// <summary>The counts at the row's moment.</summary>
    public readonly AreaCounts Counts => new(_newcomers, _waiting, _standing, _promoted);

    public readonly ReportCell Reported => new(_newcomers, _waiting, _standing);

    public readonly bool IsSound =>
        float.IsFinite(_newcomers) && float.IsFinite(_waiting) && float.IsFinite(_standing) && float.IsFinite(_promoted)
        && _newcomers >= 0 && _waiting >= 0 && _standing >= 0 && _promoted >= 0;

    public static AreaRow Empty(ulong key, uint stamp) => new() { _key = key, _stamp = stamp };

    public readonly bool IsDead(uint now) => !HasReports && Worth(now) < Decay.Nothing;

    public readonly float Worth(uint now)
    {
        var age = Math.Max(0, Stamp.Between(_stamp, now));
        return ((_newcomers + _waiting) * Decay.Fast(age)) + ((_standing + _promoted) * Decay.Slow(age)) + (HasReports ? 1 : 0);
    }

    public void DecayTo(uint when)
    {
        var age = Stamp.Between(_stamp, when);
        if (age <= 0)
        {
            return;
        }

        var (fast, slow) = (Decay.Fast(age), Decay.Slow(age));
        _newcomers *= fast;
        _waiting *= fast;
        _standing *= slow;
        _promoted *= slow;
        _stamp = when | (_stamp & ReportsFlag);
    }

    /// <inheritdoc/>
    public void AddReports(in ReportCell reports)
    {
        _newcomers += reports.Fast;
        _waiting += reports.Waiting;
        _standing += reports.Slow;
    }

    /// <summary>Counts hosts that were given standing at the row's moment.</summary>
    public void AddPromotions(float hosts) => _promoted += hosts;

    public void ClampTo(uint now)
    {
        if (Stamp.Between(_stamp, now) < 0)
        {
            _stamp = now | (_stamp & ReportsFlag);
        }
    }
}
