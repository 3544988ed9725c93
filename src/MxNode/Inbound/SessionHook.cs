using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// A check that stands at the phases of a session; the node's own checks are hooks like any other.
/// <list type="bullet">
/// <item>Each session has a hook of its own, made by a <see cref="HookFactory"/> when the session begins, so a hook keeps its state in
/// fields. After XCLIENT a new session begins, and with it new hooks.</item>
/// <item>At each phase the hooks are asked one after the other, in the order of their registration. The first result that is not
/// <see cref="Step.Continue"/> ends the phase: the client gets its reply, and later hooks are not asked.
/// Before the text a reply must be negative (4xx or 5xx).</item>
/// <item>A hook may wait: by <see cref="Session.DelayAsync"/>, or on anything else together with <see cref="Session.Gone"/>. No single
/// answer should take longer than <see cref="Hooks.SlowAnswers.MaxWait"/>, because clients give up.</item>
/// <item>A hook that throws at a phase that asks ends the session with 421, and nothing was promised. A hook that throws where it is
/// only notified (the methods that return nothing) is logged, and the session goes on.</item>
/// </list>
/// The phases of one message are Mail, Recipients (once for each group of RCPT commands), RecipientAnswered (for each recipient),
/// Data, Message, Answered; then TransactionEnded in every case. The next hop is called between Recipients and RecipientAnswered,
/// and gets the text between Message and Answered.
/// </summary>
internal abstract class SessionHook
{
    /// <summary>The connection was accepted; nothing was read or written.</summary>
    public virtual ValueTask<Step> ConnectAsync() => default;

    /// <summary>The greet delay has passed; the greeting comes next.</summary>
    public virtual ValueTask<Step> GreetAsync() => default;

    /// <summary>HELO or EHLO: <see cref="Session.Hello"/> is the client's name.</summary>
    public virtual ValueTask<Step> HelloAsync() => default;

    /// <summary>A command that the node does not know. It is refused in any case; a hook's negative answer takes the place of the node's 500.</summary>
    /// <param name="line">The whole line, without its CRLF.</param>
    public virtual ValueTask<Step> UnknownAsync(string line) => default;

    /// <summary>MAIL: <see cref="Session.Transaction"/> holds the reverse-path.</summary>
    public virtual ValueTask<Step> MailAsync() => default;

    /// <summary>
    /// One or more RCPT commands that came together, before they go to the next hop. A hook refuses single recipients by
    /// <see cref="Recipient.Refuse(SmtpReply, RefusalReason)"/>; recipients that an earlier hook has refused have an answer already.
    /// A negative answer that the hook returns is for all recipients of the group that have none.
    /// </summary>
    public virtual ValueTask<Step> RecipientsAsync(IReadOnlyList<Recipient> recipients) => default;

    /// <summary>The next hop has answered a recipient.</summary>
    public virtual void RecipientAnswered(Recipient recipient)
    {
    }

    /// <summary>DATA, with at least one recipient accepted; 354 comes next. With CHUNKING: the first BDAT, before its octets are read.</summary>
    public virtual ValueTask<Step> DataAsync() => default;

    /// <summary>
    /// The whole text is here; the next hop has seen nothing of it. The hook may read the text and change the header section; the hooks
    /// behind it see the changes. A positive answer takes the message without delivering it.
    /// </summary>
    public virtual ValueTask<Step> MessageAsync(MessageDraft draft) => default;

    /// <summary>The message was handed to the delivery, and this is its answer.</summary>
    public virtual void Answered(RelayResult result)
    {
    }

    /// <summary>The transaction is over: answered, refused, reset by the client, or cut off. Called once for each MAIL that a hook was asked about.</summary>
    public virtual void TransactionEnded()
    {
    }

    /// <summary>The session is over.</summary>
    public virtual void Disconnected()
    {
    }
}
