namespace ThrottleNet.MxNode.Hosting;

/// <summary>The log of reloads of the configuration. Event ids 110 to 119.</summary>
internal static partial class ReloadLog
{
    [LoggerMessage(110, LogLevel.Information, "The configuration was read again: changed settings in force: {Applied}, waiting for a restart: {Waiting}")]
    public static partial void Reloaded(this ILogger logger, int applied, int waiting);

    [LoggerMessage(111, LogLevel.Information, "Changed: {Setting}")]
    public static partial void SettingChanged(this ILogger logger, string setting);

    [LoggerMessage(112, LogLevel.Warning, "Needs a restart: {Setting}")]
    public static partial void SettingNeedsRestart(this ILogger logger, string setting);

    [LoggerMessage(113, LogLevel.Error, "Error in the configuration: {Error}")]
    public static partial void ReloadError(this ILogger logger, string error);

    [LoggerMessage(114, LogLevel.Error, "The configuration was read again and has errors ({Count}); the one in force stays. Correct it, and send SIGHUP again")]
    public static partial void NotReloaded(this ILogger logger, int count);

    [LoggerMessage(115, LogLevel.Error, "The configuration could not be read again ({Reason}); the one in force stays")]
    public static partial void ReloadFailed(this ILogger logger, string reason, Exception? exception);
}
