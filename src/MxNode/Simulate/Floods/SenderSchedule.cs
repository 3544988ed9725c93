namespace ThrottleNet.MxNode.Simulate.Floods;

/// <summary>When a mail server tries a deferred message again.</summary>
/// <param name="Name">The server.</param>
/// <param name="Minutes">Gaps in minutes; the last one repeats.</param>
/// <param name="GiveUpAfter">Hours.</param>
internal sealed record SenderSchedule(string Name, double[] Minutes, double GiveUpAfter)
{
    public static IReadOnlyList<SenderSchedule> All { get; } =
    [
        new("Postfix", [5, 5, 10, 20, 40, 66.7], 120),
        new("Exim", [15, 15, 15, 15, 15, 15, 15, 15, 60, 90, 135, 202, 304, 360], 96),
        new("Outlook", [5, 5, 10, 20, 30, 60], 24),
        new("Gmail", [60, 120, 240], 60),
        new("sendmail", [15], 120),
        new("qmail-like", [60], 120),
    ];

    /// <summary>Milliseconds from a deferral to the next attempt.</summary>
    /// <param name="failures">Deferrals so far, at least one.</param>
    /// <param name="random">Gaps vary by 5 %.</param>
    public double Gap(int failures, Random random) => Minutes[Math.Min(failures, Minutes.Length) - 1] * (1 + (random.NextDouble() * 0.05)) * FloodNetwork.Minute;
}
