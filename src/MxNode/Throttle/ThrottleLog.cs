namespace ThrottleNet.MxNode.Throttle;

internal static partial class ThrottleLog
{
    [LoggerMessage(500, LogLevel.Information, "Counts of {Rows} blocks are back, {Age} old")]
    public static partial void CountsRestored(this ILogger logger, int rows, TimeSpan age);

    [LoggerMessage(501, LogLevel.Error, "Counting starts from nothing: the snapshot {Path} can't be used: {Fault}")]
    public static partial void SnapshotUnusable(this ILogger logger, string path, string fault);

    [LoggerMessage(502, LogLevel.Error, "The snapshot {Path} can't be written, a restart would forget the counts: {Fault}")]
    public static partial void SnapshotNotWritten(this ILogger logger, string path, string fault);
}
