using System.Net;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>The log of the resolver and the DNS server. Names stand in it at debug level only, because they show which domains get mail.</summary>
internal static partial class DnsLog
{
    [LoggerMessage(8, LogLevel.Warning, "Dns:TrustAd is set and {Server} has a public address: anybody on the way to it can forge DNSSEC results. Run a validating resolver on this machine or network and name it in Dns:Servers, or set Dns:TrustAd to false")]
    public static partial void TrustsPublicServer(this ILogger logger, IPEndPoint server);

    [LoggerMessage(1, LogLevel.Debug, "{Name} {Type}: {Status}, records: {Records}")]
    public static partial void Resolved(this ILogger logger, string name, DnsType type, DnsStatus status, int records);

    [LoggerMessage(2, LogLevel.Debug, "{Name} {Type}: no answer from {Server} in time ({Transport})")]
    public static partial void NoAnswer(this ILogger logger, string name, DnsType type, IPEndPoint server, DnsTransport transport);

    [LoggerMessage(3, LogLevel.Debug, "{Name} {Type}: {Server} cannot be reached ({Reason})")]
    public static partial void Unreachable(this ILogger logger, string name, DnsType type, IPEndPoint server, string reason);

    [LoggerMessage(4, LogLevel.Debug, "{Name} {Type}: {Server} answered {Code}; the next server is asked")]
    public static partial void UselessAnswer(this ILogger logger, string name, DnsType type, IPEndPoint server, DnsResponseCode code);

    [LoggerMessage(5, LogLevel.Debug, "{Name} {Type}: no answer within Dns:Deadline")]
    public static partial void OutOfTime(this ILogger logger, string name, DnsType type);

    [LoggerMessage(9, LogLevel.Debug, "{Name} {Type}: not asked, because too many questions wait")]
    public static partial void TooMany(this ILogger logger, string name, DnsType type);

    [LoggerMessage(6, LogLevel.Debug, "The handler of DNS queries failed")]
    public static partial void HandlerFailed(this ILogger logger, Exception exception);

    [LoggerMessage(7, LogLevel.Debug, "A DNS socket failed ({Reason}); the server goes on")]
    public static partial void SocketFailed(this ILogger logger, string reason);
}
