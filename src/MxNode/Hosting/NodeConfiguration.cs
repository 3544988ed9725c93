using System.Net;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Content;
using ThrottleNet.MxNode.Direct;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Spool;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Hosting;

/// <summary>All an operator can set, each section by its feature.</summary>
internal sealed record NodeConfiguration
{
    public NodeOptions Node { get; init; } = new();

    public NetworkOptions Network { get; init; } = new();

    public SmtpOptions Smtp { get; init; } = new();

    public DnsOptions Dns { get; init; } = new();

    public RelayOptions Relay { get; init; } = new();

    public ThrottleOptions Throttle { get; init; } = new();

    public TrustOptions Trust { get; init; } = new();

    public ExchangeOptions Exchange { get; init; } = new();

    public ClusterOptions Cluster { get; init; } = new();

    public ContentOptions Content { get; init; } = new();

    public SpoolOptions Spool { get; init; } = new();

    public GuardOptions Guard { get; init; } = new();

    public DirectOptions Direct { get; init; } = new();

    public AdminOptions Admin { get; init; } = new();

    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>All TCP endpoints of Kestrel, with the feature that listens there. DNS has sockets of its own.</summary>
    public IReadOnlyList<(Listener Listener, IPEndPoint EndPoint)> ListEndPoints() =>
    [
        .. Smtp.Listen.Select(e => (Listener.Smtp, e)),
        .. Smtp.HelpEndPoints.Select(e => (Listener.Help, e)),
        .. Guard.EndPoints.Select(e => (Listener.Guard, e)),
        .. Guard.HttpEndPoints.Select(e => (Listener.GuardHttp, e)),
        .. Direct.EndPoints.Select(e => (Listener.Direct, e)),
        .. Exchange.Listen is { } exchange ? [(Listener.Exchange, exchange)] : Array.Empty<(Listener, IPEndPoint)>(),
        .. Admin.Listen is { } admin ? [(Listener.Admin, admin)] : Array.Empty<(Listener, IPEndPoint)>(),
        .. Admin.GrpcListen is { } grpc ? [(Listener.AdminGrpc, grpc)] : Array.Empty<(Listener, IPEndPoint)>(),
    ];

    /// <summary>Every error, one line each.</summary>
    public IEnumerable<string> Validate() =>
    [
        .. Node.Validate(nameof(Node)),
        .. Network.Validate(nameof(Network)),
        .. Smtp.Validate(nameof(Smtp)),
        .. Dns.Validate(nameof(Dns)),
        .. Relay.Validate(nameof(Relay)),
        .. Throttle.Validate(nameof(Throttle)),
        .. Trust.Validate(nameof(Trust)),
        .. Exchange.Validate(nameof(Exchange), Guard.AsksRelays),
        .. Cluster.Validate(nameof(Cluster)),
        .. Content.Validate(nameof(Content)),
        .. Spool.Validate(nameof(Spool)),
        .. Guard.Validate(nameof(Guard)),
        .. Direct.Validate(nameof(Direct)),
        .. Admin.Validate(nameof(Admin)),
        .. Telemetry.Validate(nameof(Telemetry)),
        .. BetweenSections(),
    ];

    // Checks across sections: a node may do without SMTP if it does something else, and a guard must have relays to ask.
    private IEnumerable<string> BetweenSections()
    {
        if (!string.IsNullOrWhiteSpace(Node.DataDirectory) && DataDirectory.WhatIsWrong(Node.DataDirectory) is { } fault)
        {
            yield return $"{nameof(Node)}:{nameof(Node.DataDirectory)}: {Node.DataDirectory} cannot be used ({fault}); name a folder that the node's user may write";
        }

        foreach (var (endPoint, settings) in ListEndPoints().Where(e => e.EndPoint.Port != 0).GroupBy(e => e.EndPoint, e => ListenFault.SettingOf(e.Listener)).Select(g => (g.Key, g.Distinct().ToList())))
        {
            if (settings.Count > 1)
            {
                yield return $"{settings[1]}: {endPoint} is also {settings[0]}; name another port for one of them";
            }
        }

        if (Trust.Zone is { } zone && Network.Names.Contains(zone))
        {
            yield return $"{nameof(Trust)}:{nameof(Trust.Zone)}: {zone} is also one of Network:Names, and a name has one zone; set it to one such as list.{zone}";
        }

        if (Exchange.IsOn && Throttle.Hold < Exchange.BatchInterval)
        {
            yield return $"{nameof(Throttle)}:{nameof(Throttle.Hold)}: {Throttle.Hold} is shorter than {nameof(Exchange)}:{nameof(Exchange.BatchInterval)} ({Exchange.BatchInterval}), so attempts would be judged before any other node heard of them; set Hold to {nameof(Exchange.BatchInterval)} and two seconds, or lower {nameof(Exchange.BatchInterval)}";
        }

        if (Smtp.Listen.Count == 0 && !Guard.IsOn && !Direct.IsOn && Trust.DnsListen.Count == 0)
        {
            yield return $"{nameof(Smtp)}:{nameof(Smtp.Listen)}: is empty; name at least one address:port, e.g. 127.0.0.1:2525 (only a guard, a direct map or a list in the DNS does without)";
        }

        if (Guard is { IsOn: true, AsksRelays: false } && Smtp.Listen.Count == 0 && !Exchange.IsOn)
        {
            yield return $"{nameof(Guard)}:{nameof(Guard.Relays)}: is empty, and this node neither takes mail nor shares counts, so it would know no host; name relays to ask";
        }
    }
}
