namespace ThrottleNet.MxNode.Telemetry;

/// <summary>The log of background services. Event ids 300 to 399.</summary>
internal static partial class HealthLog
{
    [LoggerMessage(300, LogLevel.Error, "The background service \"{Service}\" failed ({Reason}) and is tried again in {Pause}; mail goes on. The command status shows whether it works again")]
    public static partial void ServiceFailed(this ILogger logger, string service, string reason, TimeSpan pause, Exception? exception);

    [LoggerMessage(301, LogLevel.Information, "The background service \"{Service}\" works again")]
    public static partial void ServiceWorks(this ILogger logger, string service);
}
