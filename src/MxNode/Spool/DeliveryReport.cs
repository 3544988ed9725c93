using System.Globalization;
using System.Text;
using MimeKit;
using MimeKit.Utils;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>Makes delivery reports (RFC 3464), for people and programs.</summary>
/// <param name="hostName">This node.</param>
internal sealed class DeliveryReport(string hostName)
{
    // A text is given back whole only where the sender asked for that, and up to this size.
    private const int MaxReturned = 100 * 1024;

    /// <summary>The message, with CRLF line ends.</summary>
    /// <param name="kind">What it says.</param>
    /// <param name="envelope">The envelope of the message that it is about.</param>
    /// <param name="results">Its recipients.</param>
    /// <param name="text">The first octets of the message.</param>
    /// <param name="isWhole">Whether these are all.</param>
    /// <param name="now">The time.</param>
    /// <param name="retryUntil">With Delayed: when the node gives up.</param>
    public byte[] Make(ReportKind kind, QueuedEnvelope envelope, IReadOnlyList<RecipientResult> results, byte[] text, bool isWhole, DateTimeOffset now, DateTimeOffset? retryUntil)
    {
        var sender = envelope.Sender!.ToMailbox().ToString();
        using var report = new MimeMessage();
        report.From.Add(new MailboxAddress("Mail Delivery System", $"MAILER-DAEMON@{hostName}"));
        report.Headers.Replace(HeaderId.To, Encoding.UTF8, $"<{sender}>");
        report.Date = now;
        report.MessageId = MimeUtils.GenerateMessageId(hostName);
        report.Subject = kind switch
        {
            ReportKind.Failed => "Your message was not delivered",
            ReportKind.Delayed => "Your message is late",
            _ => "Your message was passed on",
        };
        report.Headers.Add("Auto-Submitted", "auto-replied"); // RFC 3834, section 5

        using var status = new MessageDeliveryStatus();
        status.StatusGroups.Add(MessageFields(envelope));
        foreach (var result in results)
        {
            status.StatusGroups.Add(RecipientFields(kind, envelope.Recipients[result.Place], result, now, retryUntil));
        }

        using var returned = Returned(kind, envelope, text, isWhole);
        report.Body = new MultipartReport("delivery-status") { new TextPart("plain") { Text = ForPeople(kind, envelope, results, retryUntil) }, status, returned };
        using var octets = new MemoryStream();
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        format.EnsureNewLine = true;
        format.International = !System.Text.Ascii.IsValid(sender);
        report.WriteTo(format, octets);
        return octets.ToArray();
    }

    private string ForPeople(ReportKind kind, QueuedEnvelope envelope, IReadOnlyList<RecipientResult> results, DateTimeOffset? retryUntil)
    {
        var text = new StringBuilder();
        text.Append(kind switch
        {
            ReportKind.Failed => $"The mail relay {hostName} accepted your message and could not deliver it to the\nrecipients below. It does not try again.\n\n",
            ReportKind.Delayed => string.Create(CultureInfo.InvariantCulture, $"The mail relay {hostName} has not yet delivered your message to the recipients\nbelow. It goes on trying until {retryUntil:R}. You need not do anything.\n\n"),
            _ => $"The mail relay {hostName} has passed your message on to the next mail server for\nthe recipients below. That server sends no reports of its own.\n\n",
        });
        foreach (var result in results)
        {
            text.Append('<').Append(envelope.Recipients[result.Place].ToMailbox()).Append(">: ").Append(result.Reply).Append("\n\n");
        }

        return text.ToString();
    }

    // RFC 3464, section 2.2.
    private HeaderList MessageFields(QueuedEnvelope envelope)
    {
        var fields = new HeaderList();
        if (envelope.EnvelopeId is { } id && Xtext.TryDecode(id, out var decoded))
        {
            fields.Add("Original-Envelope-Id", Clean(decoded));
        }

        fields.Add("Reporting-MTA", $"dns; {hostName}");
        if (envelope.Client is { } client)
        {
            fields.Add("Received-From-MTA", $"dns; {Clean(client.Helo)}");
        }

        fields.Add("Arrival-Date", DateUtils.FormatDate(envelope.Arrived));
        return fields;
    }

    // RFC 3464, section 2.3.
    private static HeaderList RecipientFields(ReportKind kind, QueuedRecipient recipient, RecipientResult result, DateTimeOffset now, DateTimeOffset? retryUntil)
    {
        var fields = new HeaderList();
        if (recipient.OriginalRecipient is { } original && Original(original) is { } readable)
        {
            fields.Add("Original-Recipient", readable);
        }

        fields.Add("Final-Recipient", Typed(recipient.ToMailbox().ToString()));
        fields.Add("Action", kind switch { ReportKind.Failed => "failed", ReportKind.Delayed => "delayed", _ => "relayed" });
        fields.Add("Status", (result.Reply.Status ?? new EnhancedStatus(result.Reply.Code / 100, 0, 0)).ToString());
        if (result.NextHop.Length > 0)
        {
            fields.Add("Remote-MTA", $"dns; {result.NextHop[..Math.Max(result.NextHop.IndexOf('['), 0)]}");
        }

        fields.Add("Diagnostic-Code", $"smtp; {Clean(result.Reply.ToString())}");
        fields.Add("Last-Attempt-Date", DateUtils.FormatDate(now));
        if (retryUntil is { } until)
        {
            fields.Add("Will-Retry-Until", DateUtils.FormatDate(until));
        }

        return fields;
    }

    private static MimeEntity Returned(ReportKind kind, QueuedEnvelope envelope, byte[] text, bool isWhole)
    {
        if (kind == ReportKind.Failed && isWhole && text.Length <= MaxReturned && string.Equals(envelope.Return, "FULL", StringComparison.OrdinalIgnoreCase))
        {
            return new MessagePart { Message = MimeMessage.Load(new MemoryStream(text)) };
        }

        var end = text.AsSpan().IndexOf("\r\n\r\n"u8);
        var headers = text.AsSpan(0, end < 0 ? text.Length : end + 2);
        return new MimePart("text", "rfc822-headers")
        {
            Content = new MimeContent(new MemoryStream(headers.ToArray())),
            ContentTransferEncoding = System.Text.Ascii.IsValid(headers) ? ContentEncoding.SevenBit : ContentEncoding.Base64,
        };
    }

    private static string? Original(string parameter)
    {
        var semicolon = parameter.IndexOf(';', StringComparison.Ordinal);
        return Xtext.TryDecode(parameter.AsSpan(semicolon + 1), out var address) ? $"{parameter[..semicolon]};{Escape(Clean(address))}" : null;
    }

    // RFC 6533, section 3: an address that is not ASCII has the type utf-8, and its characters are written as \x{…}.
    private static string Typed(string address) => System.Text.Ascii.IsValid(address) ? $"rfc822;{address}" : $"utf-8;{Escape(address)}";

    private static string Escape(string address) => System.Text.Ascii.IsValid(address)
        ? address
        : string.Concat(address.EnumerateRunes().Select(r => r.IsAscii ? r.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\x{{{r.Value:X}}}")));

    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
