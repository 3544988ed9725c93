using System.Numerics;
using System.Runtime.InteropServices;

namespace ThrottleNet.Counting;

/// <summary>The counts of one host block, 28 octets; also used for the bad recipients of a host.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct HostRow : IRow<HostRow>
{
    /// <summary>How long a row is kept after the last attempt: longer than any common mail server retries.</summary>
    public static readonly int KeptFor = Stamp.Steps(TimeSpan.FromDays(4));

    /// <summary>The same for a host with standing.</summary>
    public static readonly int StandingKeptFor = Stamp.Steps(TimeSpan.FromDays(35));

    // First seen is stored in steps of 2¹³ tenths of a second (13.7 minutes), of which 2¹⁶ are 621 days. An older row moves it up to this age.
    private const int StepTenths = 1 << 13;
    private const int MaxAge = 500 * 24 * 4;

    private const uint RefusedFlag = ~Stamp.Mask;
    private const uint FirstMask = 0xffff;
    private const int ReporterShift = 16;
    private const int ReporterBits = 14;
    private const uint ReporterMask = ((1u << ReporterBits) - 1) << ReporterShift;
    private const uint ReportsFlag = 1u << 30;
    private const uint StandingFlag = 1u << 31;

    // A host that this node saw four times within half an hour is worth more than any host that others only reported.
    private const float MostWorthOfReports = 4;
    private const float WorthOfStanding = 1e6f;

    private ulong _key;
    private uint _stamp;
    private float _own;
    private float _others;
    private float _slow;

    // First seen (16 bits), reporters (14), has reports by operator (1), standing (1).
    private uint _life;

    public ulong Key
    {
        readonly get => _key;
        set => _key = value;
    }

    /// <summary>The moment the counts are for, which is that of the last attempt.</summary>
    public readonly uint Moment => _stamp & Stamp.Mask;

    /// <summary>Connections of the host are refused.</summary>
    public bool Refused
    {
        readonly get => (_stamp & RefusedFlag) != 0;
        set => _stamp = value ? _stamp | RefusedFlag : Moment;
    }

    /// <summary>The host sent for a week without excess, and is no newcomer any more.</summary>
    public bool Standing
    {
        readonly get => (_life & StandingFlag) != 0;
        set => _life = value ? _life | StandingFlag : _life & ~StandingFlag;
    }

    /// <inheritdoc/>
    public bool HasReports
    {
        readonly get => (_life & ReportsFlag) != 0;
        set => _life = value ? _life | ReportsFlag : _life & ~ReportsFlag;
    }

    /// <summary>At least so many operators reported the host: operators that share one of 14 bits count once.</summary>
    public readonly int Reporters => BitOperations.PopCount(_life & ReporterMask);

    public readonly float Own => _own;

    /// <summary>Fast count of others that is kept without the operator's name.</summary>
    public readonly float Others => _others;

    public readonly float SlowCount => _slow;

    public readonly ReportCell Reported => new(_others, 0, _slow);

    public readonly bool IsSound => float.IsFinite(_own) && float.IsFinite(_others) && float.IsFinite(_slow) && _own >= 0 && _others >= 0 && _slow >= 0;

    public static HostRow Empty(ulong key, uint stamp) => new() { _key = key, _stamp = stamp, _life = StepOf(stamp) };

    /// <summary>A row as files of the first format store it, which have no first sight: it begins with the stored moment.</summary>
    public static HostRow Of(ulong key, uint stampAndRefused, float own, float others, float slow) => new()
    {
        _key = key,
        _stamp = stampAndRefused,
        _own = own,
        _others = others,
        _slow = slow,
        _life = StepOf(stampAndRefused & Stamp.Mask),
    };

    public readonly bool IsDead(uint now) => Stamp.Between(_stamp, now) > (Standing ? StandingKeptFor : KeptFor);

    /// <summary>
    /// Reports are worth no more than <see cref="MostWorthOfReports"/>: otherwise a liar's large numbers about invented hosts would evict
    /// rows with true counts.
    /// </summary>
    public readonly float Worth(uint now)
    {
        var age = Math.Max(0, Stamp.Between(_stamp, now));
        var reported = HasReports ? MostWorthOfReports : Math.Min(_slow * Decay.Slow(age), MostWorthOfReports);
        return (_own * Decay.Fast(age)) + reported + (Standing ? WorthOfStanding : 0);
    }

    /// <summary>Tenths of a second since the host was first seen.</summary>
    public readonly long Age(uint now) => (ushort)(StepOf(now) - (_life & FirstMask)) * (long)StepTenths;

    /// <summary>Takes the host for first seen now: it went too far, and has to earn standing anew.</summary>
    public void StartAnew(uint now)
    {
        Standing = false;
        _life = (_life & ~FirstMask) | StepOf(now);
    }

    /// <summary>Forgets all counts and refusals. When the host was first seen, and its standing, stay.</summary>
    public void Forgive()
    {
        (_own, _others, _slow) = (0, 0, 0);
        Refused = false;
        _life &= ~(ReporterMask | ReportsFlag);
    }

    /// <summary>Sets when the host was first seen.</summary>
    /// <param name="now">The present.</param>
    /// <param name="age">Tenths of a second ago.</param>
    public void SetAge(uint now, long age) =>
        _life = (_life & ~FirstMask) | (ushort)(StepOf(now) - (uint)Math.Clamp(age / StepTenths, 0, MaxAge));

    public void NoteReporter(int @operator) => _life |= 1u << (ReporterShift + (@operator % ReporterBits));

    public void DecayTo(uint when)
    {
        var age = Stamp.Between(_stamp, when);
        if (age <= 0)
        {
            return;
        }

        var fast = Decay.Fast(age);
        _own *= fast;
        _others *= fast;
        _slow *= Decay.Slow(age);
        _stamp = when | (_stamp & RefusedFlag);
        if (Age(when) > (long)MaxAge * StepTenths)
        {
            SetAge(when, (long)MaxAge * StepTenths);
        }
    }

    /// <summary>Adds units that this node saw at a moment. If that is before the row's own moment, they are added as decayed as they are by then.</summary>
    public void AddOwn(uint when, float units)
    {
        DecayTo(when);
        var late = Stamp.Between(when, _stamp);
        _own += late > 0 ? units * Decay.Fast(late) : units;
        _slow += late > 0 ? units * Decay.Slow(late) : units;
    }

    /// <inheritdoc/>
    public void AddReports(in ReportCell reports)
    {
        _others += reports.Fast;
        _slow += reports.Slow;
    }

    public void ClampTo(uint now)
    {
        if (Stamp.Between(_stamp, now) < 0)
        {
            _stamp = now | (_stamp & RefusedFlag);
        }
    }

    private static uint StepOf(uint stamp) => (stamp / StepTenths) & FirstMask;
}
