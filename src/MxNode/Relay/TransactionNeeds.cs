using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>What one mail transaction needs a next hop to offer: RFC 6531, section 3.5, for envelope and header section; RFC 6152, section 3, for the text.</summary>
internal sealed class TransactionNeeds(MailCommand mail)
{
    private SmtpReply? _missing;

    /// <summary>Of the complete message; null before that.</summary>
    public TextFacts? Text { get; set; }

    /// <summary>The header section is not ASCII, and the client has declared it so.</summary>
    public bool IsHeaderUtf8 => mail.SmtpUtf8 && Text is { IsHeaderEightBit: true };

    /// <summary>The answer for the whole transaction where no host of the destination offers what it needs; null if it can go on without.</summary>
    public SmtpReply? Refusal =>
        IsHeaderUtf8 ? RelayReplies.HeaderNeedsSmtpUtf8 : mail.ReversePath is { IsAscii: false } ? RelayReplies.NeedsSmtpUtf8 : null;

    /// <summary>The answer for a recipient that the session's next hop cannot be asked about.</summary>
    public SmtpReply RecipientRefusal => _missing ?? RelayReplies.AnotherTransaction;

    /// <summary>Whether the next hop can be asked about a recipient.</summary>
    public static bool MayAsk(RcptCommand recipient, EhloCapabilities offered) => recipient.ForwardPath.IsAscii || offered.SmtpUtf8;

    /// <summary>What the next hop must offer for these recipients; null: anything will do.</summary>
    public Func<EhloCapabilities, bool>? Wanted(IEnumerable<RcptCommand> recipients) =>
        Refusal is not null || recipients.Any(r => !r.ForwardPath.IsAscii) ? offered => offered.SmtpUtf8
        : Text is { IsEightBit: true } ? offered => offered.EightBitMime
        : null;

    /// <summary>No host of the destination that gave a session offers what these recipients need.</summary>
    /// <param name="recipients">Those asked about.</param>
    /// <param name="later">The answer for a host that may give a session later; null if there is none.</param>
    public void NoteMissing(IEnumerable<RcptCommand> recipients, SmtpReply? later) =>
        _missing = recipients.Any(r => !r.ForwardPath.IsAscii) ? later ?? RelayReplies.NeedsSmtpUtf8 : _missing;
}
