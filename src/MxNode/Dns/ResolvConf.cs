using System.Net;

namespace ThrottleNet.MxNode.Dns;

/// <summary>The system's recursive servers, from the nameserver lines of resolv.conf(5). The other lines concern short names, which this node never asks for.</summary>
internal static class ResolvConf
{
    /// <summary>The number of servers that the C library uses (MAXNS).</summary>
    public const int MaxServers = 3;

    private const string FileName = "/etc/resolv.conf";

    public static IReadOnlyList<IPEndPoint> Read()
    {
        try
        {
            return Parse(File.ReadAllText(FileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Parse("");
        }
    }

    /// <summary>The servers in file order; 127.0.0.1 when the file names none.</summary>
    public static IReadOnlyList<IPEndPoint> Parse(string text)
    {
        var servers = new List<IPEndPoint>(MaxServers);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var words = line.ToString().Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", var address, ..] && servers.Count < MaxServers && IPAddress.TryParse(address, out var server))
            {
                servers.Add(new IPEndPoint(server, DnsOptions.DefaultPort));
            }
        }

        return servers.Count > 0 ? servers : [new IPEndPoint(IPAddress.Loopback, DnsOptions.DefaultPort)];
    }
}
