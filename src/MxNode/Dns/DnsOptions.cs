using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace ThrottleNet.MxNode.Dns;

/// <summary>Section Dns: the servers to ask, and the limits of a question.</summary>
internal sealed record DnsOptions
{
    public const int DefaultPort = 53;

    /// <summary>Recursive servers, "address" or "address:port" ("[address]:port" for IPv6). Empty: those of /etc/resolv.conf.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>How long one server may take for one answer. A recursive server that asks a slow authority needs a second or more.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How often each server is asked by UDP, because UDP may lose a packet. The last of several attempts is without EDNS; if a server
    /// stayed silent, one attempt by TCP follows.
    /// </summary>
    public int Attempts { get; init; } = 2;

    /// <summary>How long a question may take in all, aliases included. A mail client waits five minutes for the answer to RCPT, and the next hop needs most of that.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The number of answers cached. The least recently used is evicted first.</summary>
    public int CacheEntries { get; init; } = 10_000;

    /// <summary>
    /// Takes the servers' word when they say by the AD bit that they have validated an answer by DNSSEC, which DANE needs (RFC 7672, section 2). Only for
    /// validating resolvers on this machine or network, because nothing protects the bit on the way.
    /// </summary>
    public bool TrustAd { get; init; }

    public IEnumerable<string> Validate(string section)
    {
        for (var i = 0; i < Servers.Count; i++)
        {
            if (!TryParseServer(Servers[i], out _))
            {
                yield return $"{section}:Servers:{i}: '{Servers[i]}' is not an address; set it to one like 192.0.2.53 or [2001:db8::53]:53";
            }
        }

        if (Timeout < TimeSpan.FromMilliseconds(100) || Timeout > TimeSpan.FromSeconds(30))
        {
            yield return $"{section}:Timeout: {Timeout} is out of range; set it between 00:00:00.1 and 00:00:30";
        }

        if (Attempts is < 1 or > 5)
        {
            yield return $"{section}:Attempts: {Number(Attempts)} is out of range; set it between 1 and 5";
        }

        if (Deadline < Timeout || Deadline > TimeSpan.FromMinutes(2))
        {
            yield return $"{section}:Deadline: {Deadline} is out of range; set it between Timeout ({Timeout}) and 00:02:00";
        }

        if (CacheEntries is < 0 or > 1_000_000)
        {
            yield return $"{section}:CacheEntries: {Number(CacheEntries)} is out of range; set it between 0 and 1000000";
        }
    }

    /// <summary>The servers to ask, in order; at least one.</summary>
    public IReadOnlyList<IPEndPoint> FindServers()
    {
        if (Servers.Count == 0)
        {
            return ResolvConf.Read();
        }

        return [.. Servers.Select(text => TryParseServer(text, out var server) ? server : throw new FormatException(text))];
    }

    private static bool TryParseServer(string text, [NotNullWhen(true)] out IPEndPoint? server)
    {
        if (!IPEndPoint.TryParse(text, out server))
        {
            return false;
        }

        server.Port = server.Port == 0 ? DefaultPort : server.Port;
        return true;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
