using System.Globalization;
using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>What all sessions share.</summary>
internal sealed class SmtpServices(
    NodeConfiguration configuration,
    IEnumerable<SessionHook> hooks,
    DestinationFinder destinations,
    Forwarder forwarder,
    MessageSpool texts,
    ServerCertificate certificates,
    ConnectionRegistry connections,
    ResourcePressure pressure,
    NodeMetrics metrics,
    InboundLog log,
    TimeProvider time)
{
    /// <summary>A TLS handshake takes some round trips and no longer.</summary>
    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(30);

    private readonly string _magicLabel = configuration.Network.MagicLabel;

    public NodeOptions Node { get; } = configuration.Node;

    public SmtpOptions Smtp { get; } = configuration.Smtp;

    public IReadOnlyList<SessionHook> Hooks { get; } = [.. hooks];

    public DestinationFinder Destinations => destinations;

    public Forwarder Forwarder => forwarder;

    public MessageSpool Texts => texts;

    public ServerCertificate Certificates => certificates;

    public NodeMetrics Metrics => metrics;

    public InboundLog Log => log;

    public TimeProvider Time => time;

    /// <summary>Who gets mail to a postmaster without a domain (RFC 5321, section 4.5.1); null if nobody is named.</summary>
    public Mailbox? Postmaster { get; } = configuration.Node.PostmasterMailbox();

    public SmtpReply Greeting { get; } = new(220, "", $"{configuration.Node.HostName} ESMTP ThrottleNet");

    public SmtpReply PlainHello { get; } = new(250, "", configuration.Node.HostName);

    /// <summary>The answer to EHLO: what is offered here and now.</summary>
    public SmtpReply Extensions(Session session)
    {
        var tell = session is { IsTrusted: true, IsToldOfDirect: false };
        session.IsToldOfDirect |= tell;
        var lines = new List<string>
        {
            tell ? $"{Node.HostName} you are trusted: you may go direct, to the best MX that has no label {_magicLabel}" : Node.HostName,
            "PIPELINING",
            string.Create(CultureInfo.InvariantCulture, $"SIZE {Smtp.MaxMessageSize}"),
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
            string.Create(CultureInfo.InvariantCulture, $"LIMITS RCPTMAX={Smtp.MaxRecipients}"),
        };
        if (!session.IsTls && certificates.Current() is not null)
        {
            lines.Add("STARTTLS");
        }

        if (MayNameClients(session.Peer))
        {
            lines.Add($"XCLIENT {Xclient.Attributes}");
        }

        return new SmtpReply(250, null, lines);
    }

    public bool MayNameClients(IPAddress peer) => Smtp.XClientFrom.Any(n => n.Contains(peer));

    public bool MustSendProxyHeader(IPAddress peer) => Smtp.ProxyFrom.Any(n => n.Contains(peer));

    /// <summary>How long a client may say nothing before a command.</summary>
    public TimeSpan IdleTimeout() => connections.Shorten(Smtp.IdleTimeout);

    /// <summary>How long a client may say nothing within a text.</summary>
    public TimeSpan DataTimeout() => connections.Shorten(Smtp.DataTimeout);

    public bool IsShortOfResources() => pressure.IsShort();

    /// <summary>Asks the hooks of one phase in order.</summary>
    public async ValueTask<Refusal?> FirstRefusalAsync(Func<SessionHook, ValueTask<Refusal?>> phase)
    {
        foreach (var hook in Hooks)
        {
            if (await phase(hook) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <summary>Tells the hooks what has happened. One that fails at it is logged, and undoes nothing.</summary>
    public void Tell(Session session, Action<SessionHook> what)
    {
        foreach (var hook in Hooks)
        {
            try
            {
                what(hook);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                log.HookFailed(session.Id, hook.GetType().Name, e);
            }
        }
    }
}
