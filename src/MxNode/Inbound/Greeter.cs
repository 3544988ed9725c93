using System.Globalization;
using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>What the node says of itself: its greeting, and what it offers in reply to EHLO.</summary>
internal sealed class Greeter(NodeOptions node, Live<SmtpOptions> smtp, NetworkOptions network, ServerCertificate certificates)
{
    public SmtpReply Greeting { get; } = new(220, "", $"{node.HostName} ESMTP ThrottleNet");

    public SmtpReply PlainHello { get; } = new(250, "", node.HostName);

    /// <summary>The certificate of STARTTLS.</summary>
    public ServerCertificate Certificates => certificates;

    /// <summary>Whether a host may name its client by XCLIENT.</summary>
    public bool MayNameClients(IPAddress peer) => smtp.Current.XClientFrom.Any(n => n.Contains(peer));

    /// <summary>The reply to EHLO: the extensions that this client can use now.</summary>
    public SmtpReply Extensions(Session session)
    {
        var inform = session is { IsTrusted: true, IsInformedOfDirect: false };
        session.IsInformedOfDirect |= inform;
        var lines = new List<string>
        {
            inform ? $"{node.HostName} you are trusted: you may go direct, to the best MX that has no label {network.MagicLabel}" : node.HostName,
            "PIPELINING",
            string.Create(CultureInfo.InvariantCulture, $"SIZE {smtp.Current.MaxMessageSize}"),
            "8BITMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
            "DSN",
            "CHUNKING",
            string.Create(CultureInfo.InvariantCulture, $"LIMITS RCPTMAX={smtp.Current.MaxRecipients}"),
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
}
