using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>
/// Parses the arguments of MAIL and RCPT (RFC 5321, sections 4.1.1.2, 4.1.1.3 and 4.1.2), with SIZE (RFC 1870), BODY (RFC 6152),
/// SMTPUTF8 (RFC 6531) and DSN's parameters (RFC 3461). Blanks after the colon and missing angle brackets are taken, as other servers do.
/// A malformed DSN parameter is dropped: no mail is lost for a report.
/// Replies: 501 5.1.7, 5.1.3 or 5.5.4 for bad syntax; 553 5.6.7 for a mailbox that is not ASCII (its domain in A-labels) without SMTPUTF8;
/// 555 5.5.4 for parameters this node does not know. AUTH (RFC 4954) and REQUIRETLS (RFC 8689) are among these, because they are not announced.
/// </summary>
public static class EnvelopeParser
{
    private static SmtpReply MailSyntax { get; } = new(501, "5.5.4", "Syntax: MAIL FROM:<address> [parameters]");
    private static SmtpReply RcptSyntax { get; } = new(501, "5.5.4", "Syntax: RCPT TO:<address> [parameters]");
    private static SmtpReply BadReversePath { get; } = new(501, "5.1.7", "Bad sender address syntax");
    private static SmtpReply BadForwardPath { get; } = new(501, "5.1.3", "Bad recipient address syntax");
    private static SmtpReply BadParameters { get; } = new(501, "5.5.4", "Bad parameter syntax");
    private static SmtpReply UnknownParameter { get; } = new(555, "5.5.4", "Parameter not recognised or not implemented");
    private static SmtpReply NeedsSmtpUtf8 { get; } = new(553, "5.6.7", "Address is not ASCII, and SMTPUTF8 was not asked for");

    /// <summary>Parses what follows MAIL.</summary>
    /// <param name="argument">From FROM: on.</param>
    /// <param name="mail">The command, if it is valid.</param>
    /// <param name="error">The reply, if it is not.</param>
    public static bool TryParseMail(
        string argument, [NotNullWhen(true)] out MailCommand? mail, [NotNullWhen(false)] out SmtpReply? error)
    {
        mail = null;
        if (!TrySkipKeyword(argument, "FROM:", out var rest))
        {
            error = MailSyntax;
            return false;
        }

        if (!PathParser.TryRead(ref rest, out var reversePath) || reversePath is { Domain: "" })
        {
            error = BadReversePath;
            return false;
        }

        error = ParseMailParameters(rest, reversePath, out var parsed);
        if (error is null && !parsed.SmtpUtf8 && reversePath is { IsAscii: false })
        {
            error = NeedsSmtpUtf8;
        }

        mail = error is null ? parsed : null;
        return error is null;
    }

    /// <summary>Parses what follows RCPT.</summary>
    /// <param name="argument">From TO: on.</param>
    /// <param name="smtpUtf8">MAIL asked for SMTPUTF8.</param>
    /// <param name="rcpt">The command, if it is valid.</param>
    /// <param name="error">The reply, if it is not.</param>
    public static bool TryParseRcpt(
        string argument, bool smtpUtf8, [NotNullWhen(true)] out RcptCommand? rcpt, [NotNullWhen(false)] out SmtpReply? error)
    {
        rcpt = null;
        error = null;
        if (!TrySkipKeyword(argument, "TO:", out var rest))
        {
            error = RcptSyntax;
            return false;
        }

        if (!PathParser.TryRead(ref rest, out var forwardPath) || forwardPath is null)
        {
            error = BadForwardPath;
            return false;
        }

        error = ParseRcptParameters(rest, forwardPath, out var parsed);
        if (error is null && !smtpUtf8 && !forwardPath.IsAscii)
        {
            error = NeedsSmtpUtf8;
        }

        rcpt = error is null ? parsed : null;
        return error is null;
    }

    private static bool TrySkipKeyword(ReadOnlySpan<char> argument, string keyword, out ReadOnlySpan<char> rest)
    {
        var found = argument.StartsWith(keyword, StringComparison.OrdinalIgnoreCase);
        rest = found ? argument[keyword.Length..].TrimStart(" \t") : default;
        return found;
    }

    private static SmtpReply? ParseMailParameters(ReadOnlySpan<char> text, Mailbox? reversePath, out MailCommand mail)
    {
        mail = new MailCommand(reversePath, null, BodyType.SevenBit, false);
        if (!EsmtpParameters.TryParse(text, out var parameters))
        {
            return BadParameters;
        }

        foreach (var (keyword, value) in parameters)
        {
            switch (keyword)
            {
                case "SIZE" when TryParseSize(value, out var size):
                    mail = mail with { Size = size };
                    break;
                case "SMTPUTF8" when value is null:
                    mail = mail with { SmtpUtf8 = true };
                    break;
                case "SIZE" or "SMTPUTF8":
                    return BadParameters;
                case "RET":
                    mail = mail with { Return = DsnParameters.IsReturn(value) ? value : null };
                    break;
                case "ENVID":
                    mail = mail with { EnvelopeId = DsnParameters.IsEnvelopeId(value) ? value : null };
                    break;
                case "BODY" when "7BIT".Equals(value, StringComparison.OrdinalIgnoreCase):
                    break;
                case "BODY" when "8BITMIME".Equals(value, StringComparison.OrdinalIgnoreCase):
                    mail = mail with { Body = BodyType.EightBitMime };
                    break;
                default:
                    return UnknownParameter;
            }
        }

        return null;
    }

    private static SmtpReply? ParseRcptParameters(ReadOnlySpan<char> text, Mailbox forwardPath, out RcptCommand rcpt)
    {
        rcpt = new RcptCommand(forwardPath);
        if (!EsmtpParameters.TryParse(text, out var parameters))
        {
            return BadParameters;
        }

        foreach (var (keyword, value) in parameters)
        {
            switch (keyword)
            {
                case "NOTIFY":
                    rcpt = rcpt with { Notify = DsnParameters.IsNotify(value) ? value : null };
                    break;
                case "ORCPT":
                    rcpt = rcpt with { OriginalRecipient = DsnParameters.IsOriginalRecipient(value) ? value : null };
                    break;
                default:
                    return UnknownParameter;
            }
        }

        return null;
    }

    /// <summary>One to twenty digits (RFC 1870, section 3). Twenty digits may exceed 64 bits.</summary>
    private static bool TryParseSize(string? text, out long size)
    {
        size = 0;
        if (text is null or { Length: > 20 } || !text.All(char.IsAsciiDigit))
        {
            return false;
        }

        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out size))
        {
            size = long.MaxValue;
        }

        return true;
    }
}
