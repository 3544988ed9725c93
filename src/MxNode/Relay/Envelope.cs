using System.Globalization;
using System.Text;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>The commands of an envelope, with those parameters that the next hop has offered to take.</summary>
internal static class Envelope
{
    /// <summary>Why this mail cannot go through that next hop; null if it can.</summary>
    public static SmtpReply? WhatLacks(MailCommand mail, EhloCapabilities offered) =>
        mail.SmtpUtf8 && !offered.SmtpUtf8 ? RelayReplies.LacksSmtpUtf8
        : mail.Body == BodyType.EightBitMime && !offered.EightBitMime ? RelayReplies.LacksEightBitMime
        : null;

    public static string Mail(MailCommand mail, EhloCapabilities offered)
    {
        var line = new StringBuilder("MAIL FROM:<").Append(mail.ReversePath).Append('>');
        if (mail.Size is { } size && offered.Size is not null)
        {
            line.Append(CultureInfo.InvariantCulture, $" SIZE={size}");
        }

        if (mail.Body == BodyType.EightBitMime)
        {
            line.Append(" BODY=8BITMIME");
        }

        if (mail.SmtpUtf8)
        {
            line.Append(" SMTPUTF8");
        }

        return line.ToString();
    }

    public static string Rcpt(RcptCommand recipient) => $"RCPT TO:<{recipient.ForwardPath}>";
}
