namespace ThrottleNet.MxNode.Spool;

/// <summary>When a delivery that failed for now is tried again (RFC 5321, section 4.5.4.1): after 5, 10, 20, 40, 80 minutes, then every two hours.</summary>
internal static class RetrySchedule
{
    public static readonly TimeSpan First = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan Longest = TimeSpan.FromHours(2);

    // The doubling reaches the longest interval before this.
    private const int MaxDoublings = 10;

    /// <summary>The wait after so many failures, at least one.</summary>
    public static TimeSpan After(int failures)
    {
        var wait = First * (1 << Math.Clamp(failures - 1, 0, MaxDoublings));
        return wait < Longest ? wait : Longest;
    }
}
