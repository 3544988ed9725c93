namespace ThrottleNet.MxNode.Dashboard;

/// <summary>What the dashboard logs. Event ids 6000 to 6099.</summary>
internal static partial class DashboardLog
{
    [LoggerMessage(6000, LogLevel.Error, "the dashboard's page {Path} failed; mail goes on; please report this")]
    public static partial void PageFailed(this ILogger logger, string path, Exception e);

    [LoggerMessage(6001, LogLevel.Warning, "a wrong token was tried at the dashboard from {Address}")]
    public static partial void WrongToken(this ILogger logger, string address);

    [LoggerMessage(6002, LogLevel.Information, "{Address} logged in to the dashboard")]
    public static partial void LoggedIn(this ILogger logger, string address);

    [LoggerMessage(6003, LogLevel.Information, "from the dashboard, {Address}: {Deed}")]
    public static partial void Did(this ILogger logger, string address, string deed);
}
