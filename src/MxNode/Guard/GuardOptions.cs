using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Section <c>Guard</c>: answers a protected mail server's question whether to take mail from a host that comes direct.</summary>
internal sealed partial record GuardOptions
{
    /// <summary>Where Postfix asks (check_policy_service inet:…). Whoever reaches it can have hosts dropped: keep it on loopback, or behind a firewall.</summary>
    public IReadOnlyList<IPEndPoint>? Listen { get; init; }

    /// <summary>Relays to ask whether the network saw a host, as host:port of their exchange; none: this node's own counts are asked.</summary>
    public IReadOnlyList<string> Relays { get; init; } = [];

    /// <summary>How long one relay may take: it answers from memory, so that is a round trip or two and perhaps a handshake. The client waits meanwhile.</summary>
    public TimeSpan RelayTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Mails that a host the network never saw may try before it hears 421.</summary>
    public int Courtesy { get; init; } = 3;

    /// <summary>Answers 554 instead of 421 after the courtesies. A sender then gets a bounce, so this is the operator's word alone.</summary>
    public bool Refuse { get; init; }

    /// <summary>The nftables table (family inet) that the guard makes for the hosts it drops; null: they hear 421 again and again.</summary>
    public string? DropSet { get; init; }

    /// <summary>How long a host is dropped.</summary>
    public TimeSpan DropTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The TCP ports that a dropped host does not reach.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [25];

    /// <summary>Where it listens: nowhere by default.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => Listen ?? [];

    public bool IsOn => EndPoints.Count > 0;

    /// <summary>Whether it asks other nodes, and so needs a certificate of the network.</summary>
    public bool AsksRelays => IsOn && Relays.Count > 0;

    public IEnumerable<string> Validate(string section)
    {
        foreach (var problem in EndPoints.ValidateListen(section))
        {
            yield return problem;
        }

        for (var i = 0; i < Relays.Count; i++)
        {
            if (!PeerAddress.TryParse(Relays[i], out _))
            {
                yield return $"{section}:Relays:{i}: \"{Relays[i]}\" is no address; write host:port of a relay's exchange, e.g. a.throttle-mx.example.net:8026";
            }
        }

        if (Courtesy is < 1 or > 100)
        {
            yield return $"{section}:Courtesy: {Courtesy} is out of range; set it between 1 and 100";
        }

        if (RelayTimeout < TimeSpan.FromMilliseconds(100) || RelayTimeout > TimeSpan.FromSeconds(30))
        {
            yield return $"{section}:RelayTimeout: {RelayTimeout} is out of range; set it between 00:00:00.1 and 00:00:30";
        }

        if (DropSet is not null && !TableName().IsMatch(DropSet))
        {
            yield return $"{section}:DropSet: \"{DropSet}\" is no table's name; use up to 31 lower-case letters, digits and _, a letter first, e.g. throttlenet_guard";
        }

        if (DropTime < TimeSpan.FromMinutes(1) || DropTime > TimeSpan.FromDays(7))
        {
            yield return $"{section}:DropTime: {DropTime} is out of range; set it between 00:01:00 and 7.00:00:00";
        }

        if (Ports.Count == 0 || Ports.Any(p => p is < 1 or > ushort.MaxValue))
        {
            yield return $"{section}:Ports: {(Ports.Count == 0 ? "is empty" : "holds what is no port")}; name the ports where mail comes in, e.g. 25";
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,30}$")]
    private static partial Regex TableName();
}
