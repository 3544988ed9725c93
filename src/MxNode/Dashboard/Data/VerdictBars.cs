using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Dashboard.Data;

/// <summary>The history of verdicts as bars.</summary>
internal static class VerdictBars
{
    /// <summary>The last hour, a bar a minute.</summary>
    public static IReadOnlyList<ChartBar> Hour(VerdictHistory history) => Bars(history.Read(TimeSpan.FromMinutes(1), 60));

    /// <summary>The last day, a bar each quarter of an hour.</summary>
    public static IReadOnlyList<ChartBar> Day(VerdictHistory history) => Bars(history.Read(TimeSpan.FromMinutes(15), 96));

    /// <summary>The parts of a bar, or of a table of figures.</summary>
    public static IReadOnlyList<BarPart> Parts(VerdictCounts counts) =>
    [
        new("passed", "passed", counts.Passed),
        new("slowed", "slowed", counts.Slowed),
        new("deferred", "deferred", counts.Deferred),
        new("refused", "refused", counts.Refused),
        new("turned away", "turned-away", counts.TurnedAway),
    ];

    private static IReadOnlyList<ChartBar> Bars(IReadOnlyList<(DateTimeOffset From, VerdictCounts Counts)> spans) =>
        [.. spans.Select(span => new ChartBar(Format.Clock(span.From), Parts(span.Counts)))];
}
