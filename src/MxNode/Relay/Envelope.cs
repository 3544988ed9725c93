using System.Globalization;
using System.Text;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>The commands of an envelope, with those parameters that the next hop has offered to take.</summary>
internal static class Envelope
{
    public static string Mail(MailCommand mail, EhloCapabilities offered)
    {
        var line = new StringBuilder("MAIL FROM:<").Append(mail.ReversePath).Append('>');
        if (mail.Size is { } size && offered.Size is not null)
        {
            line.Append(CultureInfo.InvariantCulture, $" SIZE={size}");
        }

        if (mail.Body == BodyType.EightBitMime && offered.EightBitMime)
        {
            line.Append(" BODY=8BITMIME");
        }

        if (mail.SmtpUtf8 && offered.SmtpUtf8)
        {
            line.Append(" SMTPUTF8");
        }

        if (offered.Dsn)
        {
            Append(line, "RET", mail.Return);
            Append(line, "ENVID", mail.EnvelopeId);
        }

        return line.ToString();
    }

    public static string Rcpt(RcptCommand recipient, EhloCapabilities offered)
    {
        var line = new StringBuilder("RCPT TO:<").Append(recipient.ForwardPath).Append('>');
        if (offered.Dsn)
        {
            Append(line, "NOTIFY", recipient.Notify);
            Append(line, "ORCPT", offered.SmtpUtf8 || Ascii.IsValid(recipient.OriginalRecipient) ? recipient.OriginalRecipient : null);
        }

        return line.ToString();
    }

    private static void Append(StringBuilder line, string keyword, string? value)
    {
        if (value is not null)
        {
            line.Append(CultureInfo.InvariantCulture, $" {keyword}={value}");
        }
    }
}
