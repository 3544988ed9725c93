namespace ThrottleNet.MxNode.Admin;

/// <summary>What the admin API logs: each change that an operator makes by it. Event ids 6100 to 6199.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(6100, LogLevel.Information, "by the admin API, {Address}: {Deed}")]
    public static partial void Did(this ILogger<AdminDesk> logger, string address, string deed);
}
