using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.MxNode.Trust;

internal static partial class TrustLog
{
    [LoggerMessage(4100, LogLevel.Information, "Trusted list: {Entries} entries, {Authors} authors, {Delegations} delegations")]
    public static partial void Folded(this ILogger logger, int entries, int authors, int delegations);

    [LoggerMessage(4101, LogLevel.Error, "The trust log {Path} is damaged, {Fault}; what comes after it does not count, denials apart")]
    public static partial void Damaged(this ILogger logger, string path, LogFault fault);

    [LoggerMessage(4102, LogLevel.Warning, "The trust log {Path} ends in a write that was cut off, {Fault}; the next statement puts it aside")]
    public static partial void Torn(this ILogger logger, string path, LogFault fault);

    [LoggerMessage(4103, LogLevel.Error, "A trust log forked: {Fork}; only its denials count from there on")]
    public static partial void Forked(this ILogger logger, Fork fork);

    [LoggerMessage(4104, LogLevel.Error, "The trust logs could not be read; the list in force stays")]
    public static partial void Failed(this ILogger logger, Exception exception);

    [LoggerMessage(4105, LogLevel.Information, "Exported the trusted list as {Format} to {Path}")]
    public static partial void Exported(this ILogger logger, string format, string path);

    [LoggerMessage(4106, LogLevel.Warning, "{Name} is enrolled, but reverse DNS confirms none of its addresses")]
    public static partial void Unconfirmed(this ILogger logger, string name);

    [LoggerMessage(4107, LogLevel.Error, "The trusted list could not be exported as {Format} to {Path}; it is tried again when the list changes")]
    public static partial void NotExported(this ILogger logger, Exception exception, string format, string path);
}
