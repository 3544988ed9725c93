namespace ThrottleNet.Protocol.Smtp;

/// <summary>A RCPT command.</summary>
/// <param name="ForwardPath">With Domain "" for the bare postmaster.</param>
public sealed record RcptCommand(Mailbox ForwardPath)
{
    /// <summary>NEVER, or a list of SUCCESS, FAILURE, DELAY: when the sender wants reports (RFC 3461, section 4.1); null if not said.</summary>
    public string? Notify { get; init; }

    /// <summary>The recipient as the sender first had it, type and xtext as it came (RFC 3461, section 4.2); null if not said.</summary>
    public string? OriginalRecipient { get; init; }
}
