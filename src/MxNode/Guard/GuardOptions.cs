using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Section <c>Guard</c>: answers a protected mail server's question whether to take mail from a host that comes direct.</summary>
internal sealed partial record GuardOptions
{
    /// <summary>Where Postfix asks (check_policy_service inet:…). A client of this endpoint can have hosts dropped: keep it on loopback, or behind a firewall.</summary>
    public IReadOnlyList<IPEndPoint>? Listen { get; init; }

    /// <summary>Where mail servers ask by HTTP with JSON. It can have hosts dropped as <see cref="Listen"/> can.</summary>
    public IReadOnlyList<IPEndPoint>? HttpListen { get; init; }

    /// <summary>A DNS zone that says relay, trusted, seen of addresses, served on <c>Trust:DnsListen</c>; null: none. Only for a node that takes part in the network, as it answers from memory.</summary>
    public string? Zone { get; init; }

    /// <summary>Relays to ask whether the network saw a host, as host:port of their exchange. Empty: this node's own counts are used.</summary>
    [Reloadable(UnlessEmpty = true)]
    public IReadOnlyList<string> Relays { get; init; } = [];

    /// <summary>How long one relay may take. It answers from memory, so this is a round trip or two and perhaps a handshake. The client waits meanwhile.</summary>
    public TimeSpan RelayTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many courtesies a host that the network never saw gets before it is answered 421.</summary>
    public int Courtesy { get; init; } = 3;

    /// <summary>All mails of a host within this time are one courtesy: a sender whose connection to the relays failed brings its whole queue.</summary>
    public TimeSpan CourtesyInterval { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Answers 554 instead of 421 after the courtesies. The sender's mail then bounces, so this is off by default.</summary>
    [Reloadable]
    public bool Refuse { get; init; }

    /// <summary>The nftables table (family inet) that the guard makes for the hosts it drops; null: they are answered 421 each time.</summary>
    public string? DropSet { get; init; }

    /// <summary>How long a host is dropped.</summary>
    [Reloadable]
    public TimeSpan DropTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The TCP ports that a dropped host cannot reach.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [25];

    /// <summary>The endpoints of <see cref="Listen"/>; none by default.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => Listen ?? [];

    /// <summary>The endpoints of <see cref="HttpListen"/>; none by default.</summary>
    public IReadOnlyList<IPEndPoint> HttpEndPoints => HttpListen ?? [];

    /// <summary>Whether mail servers can ask this node.</summary>
    public bool IsOn => EndPoints.Count + HttpEndPoints.Count > 0;

    /// <summary>Whether it asks other nodes, and so needs a certificate of the network.</summary>
    public bool AsksRelays => IsOn && Relays.Count > 0;

    public IEnumerable<string> Validate(string section)
    {
        foreach (var problem in EndPoints.ValidateListen(section))
        {
            yield return problem;
        }

        foreach (var problem in HttpEndPoints.ValidateListen(section, nameof(HttpListen)))
        {
            yield return problem;
        }

        if (Zone is not null && (!HostNames.IsCanonical(Zone) || Zone.Length > DnsName.MaxWireLength - 2 - ReverseName.MaxLength - 1))
        {
            yield return $"{section}:Zone: '{Zone}' is not a lower-case ASCII domain name of at most {DnsName.MaxWireLength - 2 - ReverseName.MaxLength - 1} characters without a dot at its end; set it to one such as guard.throttle-mx.example.net";
        }

        if (Zone is not null && Relays.Count > 0)
        {
            yield return $"{section}:Zone: is set together with Relays, but a guard that asks relays cannot answer a zone from memory; set Zone on a relay instead";
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

        if (CourtesyInterval < TimeSpan.Zero || CourtesyInterval > TimeSpan.FromHours(6))
        {
            yield return $"{section}:CourtesyInterval: {CourtesyInterval} is out of range; set it between 00:00:00 and 06:00:00";
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
            yield return $"{section}:Ports: {(Ports.Count == 0 ? "is empty" : "contains a number that is no port")}; name the ports where mail comes in, e.g. 25";
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,30}$")]
    private static partial Regex TableName();
}
