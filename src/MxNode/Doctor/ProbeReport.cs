using System.Net;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>What a call of a mail server showed, as far as it came.</summary>
/// <param name="Host">The name that was called, and asked for by SNI.</param>
/// <param name="EndPoint">Where it was called.</param>
internal sealed record ProbeReport(string Host, IPEndPoint EndPoint)
{
    /// <summary>The address that the call left from; null if there was no connection.</summary>
    public IPAddress? Local { get; init; }

    /// <summary>What it offers, on TLS if that was reached; null if the call ended before.</summary>
    public EhloCapabilities? Capabilities { get; init; }

    /// <summary>It offered STARTTLS.</summary>
    public bool OffersTls { get; init; }

    /// <summary>The TLS session; null if there was none.</summary>
    public ProbeTls? Tls { get; init; }

    /// <summary>Why TLS failed although it was offered; null if it did not fail.</summary>
    public string? TlsFault { get; init; }

    /// <summary>The reply to RCPT, or to MAIL where that was refused; null if it was not asked.</summary>
    public SmtpReply? Recipient { get; init; }

    /// <summary>Why the call ended early; null if it went to its end.</summary>
    public string? Fault { get; init; }

    /// <summary>"mail.example.com (192.0.2.1:25)".</summary>
    public string Name => $"{Host} ({EndPoint})";
}
