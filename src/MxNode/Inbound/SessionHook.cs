using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// What stands at a phase of every session. The node's own checks are hooks like anybody's. A hook answers null to go on,
/// or a refusal, which is the session's reply at that phase; it may wait, and should stop waiting when the client is gone.
/// A hook serves all sessions at once, so what it knows of one session is kept in the session.
/// Hooks are called in the order in which they are registered; the first refusal ends the phase.
/// One that throws where it is asked ends the session with 421; one that throws where it is told is logged.
/// </summary>
internal abstract class SessionHook
{
    /// <summary>The connection is there, nothing is read or said.</summary>
    public virtual ValueTask<Refusal?> ConnectAsync(Session session) => default;

    /// <summary>The greet delay has passed; the greeting comes next.</summary>
    public virtual ValueTask<Refusal?> GreetAsync(Session session) => default;

    /// <summary>HELO or EHLO has named the client.</summary>
    public virtual ValueTask<Refusal?> HelloAsync(Session session) => default;

    /// <summary>MAIL has named the reverse-path.</summary>
    public virtual ValueTask<Refusal?> MailAsync(Session session) => default;

    /// <summary>
    /// One or more RCPT commands that came together. A hook refuses single recipients by <see cref="Recipient.Refuse"/>;
    /// a refusal it returns is for all of them.
    /// </summary>
    public virtual ValueTask<Refusal?> RecipientsAsync(Session session, IReadOnlyList<Recipient> recipients) => default;

    /// <summary>The next hop has answered a recipient.</summary>
    public virtual void RecipientAnswered(Session session, Recipient recipient)
    {
    }

    /// <summary>DATA with at least one recipient taken; 354 comes next.</summary>
    public virtual ValueTask<Refusal?> DataAsync(Session session) => default;

    /// <summary>The whole text is here and the sender is still on the line; the next hop has not seen it.</summary>
    public virtual ValueTask<Refusal?> MessageAsync(Session session, MessageText text) => default;

    /// <summary>The transaction has got its final answer.</summary>
    public virtual void Answered(Session session, RelayResult result)
    {
    }

    /// <summary>The session is over.</summary>
    public virtual void Disconnected(Session session)
    {
    }
}
