using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// One mail transaction on its way out: the contract between a session (the caller) and whatever carries its mail, such as
/// <see cref="RelayTransaction"/>. The order of calls is
/// <code>Begin · AddRecipientsAsync+ · (CommitAsync)? · DisposeAsync</code>
/// <list type="bullet">
/// <item><b>Begin</b> (<see cref="IDeliveryMethod.Begin"/>) does no I/O and cannot fail.</item>
/// <item><b>Add recipients</b>: once for each group of RCPT commands. Each answer is final for its recipient and becomes the answer to the
/// client's RCPT. A positive answer promises only that the recipient gets the message if <see cref="CommitAsync"/> succeeds.
/// May be cancelled at any time; the transaction is void afterwards and only to be disposed of.</item>
/// <item><b>Commit</b> hands over the whole text, after every content check has seen it, for the recipients that were answered positively.
/// At most once, and only with at least one such recipient. A positive reply means that another party (the next hop, or a disk that was
/// synced) is now responsible for the message (RFC 5321, section 4.2.5); the session passes it on to the client and must not promise
/// anything before it. May be cancelled until the last octet that completes the message has been handed over; from then on
/// cancellation is ignored, because only the other side knows who has the message (RFC 1047).</item>
/// <item><b>Abort</b> is <see cref="IAsyncDisposable.DisposeAsync"/> without a commit: nothing of the message goes on. It is always called,
/// also after a commit and after an exception, and never throws.</item>
/// </list>
/// An implementation turns each failure of its own into a 4xx reply; it throws nothing but <see cref="OperationCanceledException"/>, and
/// that only when the caller has cancelled. It answers 5xx only where the domain's own mail exchanger refuses, or cannot get the message: it lacks
/// SMTPUTF8, or the header section is too long to be searched for forged results.
/// Calls of one transaction never overlap.
/// </summary>
internal interface IDelivery : IAsyncDisposable
{
    /// <summary>"mail.example.com[192.0.2.1]:25", for logs; empty until a next hop was reached.</summary>
    public string NextHop { get; }

    /// <summary>What TLS was demanded of the next hop, and what was reached.</summary>
    public TlsReport Tls { get; }

    /// <summary>Adds recipients to the transaction.</summary>
    /// <param name="recipients">Those of one group, in order.</param>
    /// <param name="cancel">The client is gone.</param>
    /// <returns>One answer for each recipient, in order: 250, the next hop's 5xx, or a 4xx.</returns>
    /// <exception cref="OperationCanceledException">The client is gone; the transaction is void.</exception>
    public ValueTask<IReadOnlyList<SmtpReply>> AddRecipientsAsync(IReadOnlyList<RcptCommand> recipients, CancellationToken cancel);

    /// <summary>Delivers the message to the recipients that were answered positively.</summary>
    /// <param name="message">The whole message. It stays the caller's, who disposes of it after this call.</param>
    /// <param name="cancel">The client is gone; heeded until the message is complete at the other side.</param>
    /// <exception cref="OperationCanceledException">The client is gone, and the message was not delivered.</exception>
    public ValueTask<RelayResult> CommitAsync(OutgoingMessage message, CancellationToken cancel);
}
