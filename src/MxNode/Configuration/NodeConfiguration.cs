using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Configuration;

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

    public AdminOptions Admin { get; init; } = new();

    public TelemetryOptions Telemetry { get; init; } = new();

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
        .. Network.Names.Where(name => name == Trust.Zone).Select(name => $"Trust:Zone: {name} is also one of Network:Names, and a name has one zone; set it to one such as list.{name}"),
        .. Exchange.Validate(nameof(Exchange)),
        .. Admin.Validate(nameof(Admin)),
        .. Telemetry.Validate(nameof(Telemetry)),
        .. BetweenSections(),
    ];

    // What no section can tell alone.
    private IEnumerable<string> BetweenSections()
    {
        if (Exchange.IsOn && Throttle.Hold < Exchange.BatchInterval)
        {
            yield return $"{nameof(Throttle)}:{nameof(Throttle.Hold)}: {Throttle.Hold} is shorter than {nameof(Exchange)}:{nameof(Exchange.BatchInterval)} ({Exchange.BatchInterval}), so attempts would be judged before any other node heard of them; set Hold to {nameof(Exchange.BatchInterval)} and two seconds, or lower {nameof(Exchange.BatchInterval)}";
        }
    }
}
