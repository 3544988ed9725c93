namespace ThrottleNet.MxNode.Hosting.Supervision;

internal static partial class SupervisionLog
{
    [LoggerMessage(102, LogLevel.Warning, "The service manager could not be told {State} ({Reason}); check that the socket of NOTIFY_SOCKET can be written")]
    public static partial void NoticeFailed(this ILogger logger, string state, string reason);
}
