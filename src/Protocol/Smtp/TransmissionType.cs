namespace ThrottleNet.Protocol.Smtp;

/// <summary>The protocol's name for a Received header's "with" (RFC 3848; internationalised mail by RFC 6531, section 4.3).</summary>
public static class TransmissionType
{
    /// <param name="extended">The client said EHLO; TLS and SMTPUTF8 have no name without it.</param>
    /// <param name="tls">The session is encrypted.</param>
    /// <param name="smtpUtf8">MAIL asked for SMTPUTF8.</param>
    public static string Name(bool extended, bool tls, bool smtpUtf8) => (extended, tls, smtpUtf8) switch
    {
        (false, _, _) => "SMTP",
        (_, false, false) => "ESMTP",
        (_, true, false) => "ESMTPS",
        (_, false, true) => "UTF8SMTP",
        (_, true, true) => "UTF8SMTPS",
    };
}
