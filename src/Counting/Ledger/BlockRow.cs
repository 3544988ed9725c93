using System.Runtime.InteropServices;

namespace ThrottleNet.Counting;

/// <summary>The state of one block, 24 bytes. A key of zero is an empty slot.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BlockRow
{
    private const uint RefusedFlag = ~Stamp.Mask;

    // A host that this node saw four times within the half hour is worth more than any that it only heard of.
    private const float MostOfOthers = 4;

    public ulong Key;
    private uint _stamp;
    private float _own;
    private float _others;
    private float _slow;

    /// <summary>The moment the counts are for.</summary>
    public readonly uint Moment => _stamp & Stamp.Mask;

    public bool Refused
    {
        readonly get => (_stamp & RefusedFlag) != 0;
        set => _stamp = value ? _stamp | RefusedFlag : Moment;
    }

    public static BlockRow Empty(ulong key, uint stamp) => new() { Key = key, _stamp = stamp };

    /// <summary>The counts at a moment; one before the row's own moment gives the counts as they stand.</summary>
    public readonly BlockCounts At(uint now)
    {
        var age = Stamp.Between(_stamp, now);
        if (age <= 0)
        {
            return new BlockCounts(_own, _others, _slow, Refused);
        }

        var fast = Decay.Fast(age);
        return new BlockCounts(_own * fast, _others * fast, _slow * Decay.Slow(age), Refused);
    }

    /// <summary>The slow count alone: what the row is worth keeping for.</summary>
    public readonly float SlowAt(uint now) => _slow * Decay.Slow(Math.Max(0, Stamp.Between(_stamp, now)));

    /// <summary>
    /// How much would be lost with the row, when there is no room for all. What others tell is worth no more than <see cref="MostOfOthers"/>: else who
    /// makes up large numbers about hosts that don't exist would drive out what is true.
    /// </summary>
    public readonly float Worth(uint now) =>
        (_own * Decay.Fast(Math.Max(0, Stamp.Between(_stamp, now)))) + Math.Min(SlowAt(now), MostOfOthers);

    /// <summary>Counts units that arrived at a moment; units older than the row are added as decayed as they are by then.</summary>
    /// <returns>The counts as they stood before, decayed to that moment, or to the row's own if that is later.</returns>
    public BlockCounts Add(uint when, float own, float others)
    {
        var age = Stamp.Between(_stamp, when);
        if (age > 0)
        {
            var fast = Decay.Fast(age);
            _own *= fast;
            _others *= fast;
            _slow *= Decay.Slow(age);
            _stamp = when | (_stamp & RefusedFlag);
        }

        var before = new BlockCounts(_own, _others, _slow, Refused);
        var (fastLeft, slowLeft) = age < 0 ? (Decay.Fast(-age), Decay.Slow(-age)) : (1, 1);
        _own += own * fastLeft;
        _others += others * fastLeft;
        _slow += (own + others) * slowLeft;
        return before;
    }

    /// <summary>Adds others' counts that are decayed to a moment, which is not before the row's own.</summary>
    public void AddOthers(uint now, float fast, float slow)
    {
        Add(now, 0, 0);
        _others += fast;
        _slow += slow;
    }

    /// <summary>Takes back a stamp from the future (the clock was set back), which would keep the counts from decaying.</summary>
    public void ClampTo(uint now)
    {
        if (Stamp.Between(_stamp, now) < 0)
        {
            _stamp = now | (_stamp & RefusedFlag);
        }
    }

    /// <summary>Whether the counts are numbers that counting can have led to; rows read from a file may not be.</summary>
    public readonly bool IsSound => float.IsFinite(_own) && float.IsFinite(_others) && float.IsFinite(_slow) && _own >= 0 && _others >= 0 && _slow >= 0;
}
