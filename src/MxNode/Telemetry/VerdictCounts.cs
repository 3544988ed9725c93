namespace ThrottleNet.MxNode.Telemetry;

/// <summary>How often each <see cref="VerdictKind"/> occurred in a span of time: recipients, and for the last one connections.</summary>
internal readonly record struct VerdictCounts(long Passed, long Slowed, long Deferred, long Refused, long TurnedAway)
{
    public long Total => Passed + Slowed + Deferred + Refused + TurnedAway;

    public static VerdictCounts operator +(VerdictCounts a, VerdictCounts b) =>
        new(a.Passed + b.Passed, a.Slowed + b.Slowed, a.Deferred + b.Deferred, a.Refused + b.Refused, a.TurnedAway + b.TurnedAway);
}
