using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>What the lookup of policies writes to the log: event ids 3200 to 3299.</summary>
internal static partial class TlsPolicyLog
{
    [LoggerMessage(3200, LogLevel.Information, "MTA-STS policy of {Domain}: mode {Mode}, id {Id}")]
    public static partial void PolicyFetched(this ILogger logger, string domain, MtaStsMode mode, string id);

    [LoggerMessage(3201, LogLevel.Warning, "The MTA-STS policy of {Domain} cannot be fetched: {Fault}. {Consequence}. The domain's owner can mend it")]
    public static partial void PolicyNotFetched(this ILogger logger, string domain, string fault, string consequence);

    [LoggerMessage(3202, LogLevel.Information, "The MTA-STS policy of {Domain} was not received within {Patience}; mail goes on without it, and the fetch goes on")]
    public static partial void NoPolicyInTime(this ILogger logger, string domain, TimeSpan patience);

    [LoggerMessage(3203, LogLevel.Warning, "Octets of the MTA-STS policies in {File} that cannot be read: {Dropped}. The policies are fetched again; the first mail to their domains may go without")]
    public static partial void PoliciesDropped(this ILogger logger, string file, long dropped);
}
