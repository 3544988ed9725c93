using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace ThrottleNet.MxNode.Dns;

/// <summary>Section Dns: which servers are asked, and how long for.</summary>
internal sealed record DnsOptions
{
    public const int DefaultPort = 53;

    /// <summary>Recursive servers, "address" or "address:port" ("[address]:port" for IPv6); none means those of /etc/resolv.conf.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>How long one server may take for one answer: a recursive server on the way to a slow authority needs a second or more.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the list of servers is gone through: UDP may lose a packet.</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>How long a question may take in all, aliases included: a mail client waits five minutes for RCPT, and the rest is the next hop's.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Answers kept, the least recently used go first: some kilobytes each at the very most.</summary>
    public int CacheEntries { get; init; } = 10_000;

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

    /// <summary>The servers to ask, in order: never none.</summary>
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
