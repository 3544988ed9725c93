using ThrottleNet.TrustList.Folding;
using ThrottleNet.TrustList.Logs;

namespace ThrottleNet.MxNode.Trust;

/// <summary>The log of the trusted list. Event ids 4100 to 4119.</summary>
internal static partial class TrustLog
{
    [LoggerMessage(4100, LogLevel.Information, "Trusted list: entries {Entries}, authors {Authors}, delegations {Delegations}")]
    public static partial void Folded(this ILogger logger, int entries, int authors, int delegations);

    [LoggerMessage(4101, LogLevel.Error, "The trust log {Path} is damaged, {Fault}; statements after that line do not count, except suspensions and revocations; put back a good copy")]
    public static partial void Damaged(this ILogger logger, string path, LogFault fault);

    [LoggerMessage(4102, LogLevel.Warning, "The trust log {Path} ends in an incomplete write, {Fault}; the next statement moves it to a file of its own")]
    public static partial void Torn(this ILogger logger, string path, LogFault fault);

    [LoggerMessage(4103, LogLevel.Error, "A trust log forked: {Fork}; from there on only its suspensions and revocations count")]
    public static partial void Forked(this ILogger logger, Fork fork);

    [LoggerMessage(4104, LogLevel.Error, "The trust logs could not be read ({Reason}); the list in force stays, and reading is tried again")]
    public static partial void Failed(this ILogger logger, string reason, Exception? exception);

    [LoggerMessage(4105, LogLevel.Information, "Exported the trusted list as {Format} to {Path}")]
    public static partial void Exported(this ILogger logger, string format, string path);

    [LoggerMessage(4106, LogLevel.Warning, "{Name} is enrolled, but reverse DNS confirms none of its addresses, so none is trusted")]
    public static partial void Unconfirmed(this ILogger logger, string name);

    [LoggerMessage(4107, LogLevel.Error, "The trusted list could not be exported as {Format} to {Path}: {Reason}; it is tried again after a pause of at most 5 minutes")]
    public static partial void NotExported(this ILogger logger, string format, string path, string reason);

    [LoggerMessage(4108, LogLevel.Information, "The trust logs can be read again")]
    public static partial void ReadAgain(this ILogger logger);
}
