using ThrottleNet.Counting;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Recipients counted of a host, and how many more it may send.</summary>
/// <param name="LastHour">Counted by this node in the last hour, since its start.</param>
/// <param name="LastDay">Counted by this node in the last day, since its start.</param>
/// <param name="Reported">Reported by other nodes of late, with fault tolerance applied.</param>
/// <param name="HourLimit">Recipients an hour from which the host is deferred.</param>
/// <param name="DayLimit">Recipients a day from which the host is deferred.</param>
/// <param name="AtOnce">How many a host that was silent may send at once: the half of its hourly limit.</param>
/// <param name="Left">How many more would be within the limits now.</param>
/// <param name="MinutesUntilFree">Minutes until the next recipient passes, rounded up; 0: now.</param>
internal sealed record CountedRecipients(int LastHour, int LastDay, int Reported, double HourLimit, double DayLimit, int AtOnce, int Left, int MinutesUntilFree)
{
    public static CountedRecipients Of(BlockReport report, (int LastHour, int LastDay) here, bool isTrusted)
    {
        // After a restart only the ledger's counts are there, which are lower than what was counted.
        var (hour, day) = (Math.Max(here.LastHour, Whole(report.Counts.Own)), Math.Max(here.LastDay, Whole(report.Counts.Slow - report.Counts.Others)));
        return new(
            hour,
            Math.Max(hour, day),
            Whole(report.Counts.Others),
            report.Limits.Hard,
            report.Limits.Day,
            (int)(report.Limits.Hard / Decay.FastPerHour),
            report.Left,
            isTrusted || report.Verdict.Passes ? 0 : Math.Max(1, (int)Math.Ceiling(report.Verdict.RetryAfter.TotalMinutes)));
    }

    private static int Whole(float count) => (int)MathF.Round(Math.Max(0, count));
}
