namespace ThrottleNet.Protocol.Smtp;

/// <summary>A MAIL command.</summary>
/// <param name="ReversePath">Null for the null reverse-path.</param>
/// <param name="Size">The size announced, in octets; null if none was. More than fits is given as the largest number.</param>
/// <param name="Body">7BIT if not said otherwise.</param>
/// <param name="SmtpUtf8">The client asked for internationalised mail (RFC 6531).</param>
public sealed record MailCommand(Mailbox? ReversePath, long? Size, BodyType Body, bool SmtpUtf8)
{
    /// <summary>FULL or HDRS: how much of the message a report is to return (RFC 3461, section 4.3); null if not said.</summary>
    public string? Return { get; init; }

    /// <summary>The sender's name for the envelope, in xtext as it came (RFC 3461, section 4.4); null if none.</summary>
    public string? EnvelopeId { get; init; }
}
