namespace ThrottleNet.MxNode.Throttle;

internal static partial class ThrottleLog
{
    [LoggerMessage(504, LogLevel.Warning, "The system's clock stepped {Step} {Direction}; the node follows it. Counts decay over a step ahead, and go on unchanged over a step back")]
    public static partial void ClockStepped(this ILogger logger, TimeSpan step, string direction);

    [LoggerMessage(505, LogLevel.Warning, "The system's clock is {Lead} behind the time at which the counts were stored; counting goes on from that time. If the clock is not set yet, set it (NTP)")]
    public static partial void ClockBehindCounts(this ILogger logger, TimeSpan lead);

    [LoggerMessage(500, LogLevel.Information, "Restored counts that were stored {Age} ago; blocks: {Rows}")]
    public static partial void CountsRestored(this ILogger logger, int rows, TimeSpan age);

    [LoggerMessage(501, LogLevel.Error, "Counting starts from nothing: the snapshot {Path} cannot be used: {Fault}")]
    public static partial void SnapshotUnusable(this ILogger logger, string path, string fault);

    [LoggerMessage(502, LogLevel.Error, "While the node stopped: {Fault}")]
    public static partial void LastSnapshotNotWritten(this ILogger logger, string fault);

    [LoggerMessage(503, LogLevel.Warning, "{Setting} has no effect any more: sites and regions limit newcomers by Hard alone; remove the setting")]
    public static partial void SettingWithoutEffect(this ILogger logger, string setting);
}
