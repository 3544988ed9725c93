using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The phases of a session, by the names of the hook's methods.</summary>
public enum Phase
{
    Connect,
    Greet,
    Hello,
    Mail,
    Recipients,
    RecipientAnswered,
    Data,
    Message,
    Answered,
    TransactionEnded,
    Disconnected,
}

/// <summary>A hook with an action at one phase. It records the phases of all sessions.</summary>
internal sealed class TestHook(Phase at, Func<Session, ValueTask<Step>> act)
{
    private readonly Lock _lock = new();
    private readonly List<Phase> _seen = [];

    /// <summary>The hook's action on a text, if any.</summary>
    public Func<MessageDraft, ValueTask>? Edit { get; init; }

    public IReadOnlyList<Phase> Seen
    {
        get
        {
            lock (_lock)
            {
                return [.. _seen];
            }
        }
    }

    public SessionHook Create(Session session) => new OfSession(this, session);

    private ValueTask<Step> AtAsync(Phase phase, Session session)
    {
        Note(phase);
        return phase == at ? act(session) : default;
    }

    private void At(Phase phase, Session session)
    {
        Note(phase);
        if (phase == at)
        {
            Assert.True(act(session).AsTask().IsCompleted);
        }
    }

    private void Note(Phase phase)
    {
        lock (_lock)
        {
            _seen.Add(phase);
        }
    }

    private sealed class OfSession(TestHook hook, Session session) : SessionHook
    {
        public override ValueTask<Step> ConnectAsync() => hook.AtAsync(Phase.Connect, session);

        public override ValueTask<Step> GreetAsync() => hook.AtAsync(Phase.Greet, session);

        public override ValueTask<Step> HelloAsync() => hook.AtAsync(Phase.Hello, session);

        public override ValueTask<Step> MailAsync() => hook.AtAsync(Phase.Mail, session);

        public override ValueTask<Step> RecipientsAsync(IReadOnlyList<Recipient> recipients) => hook.AtAsync(Phase.Recipients, session);

        public override void RecipientAnswered(Recipient recipient) => hook.At(Phase.RecipientAnswered, session);

        public override ValueTask<Step> DataAsync() => hook.AtAsync(Phase.Data, session);

        public override async ValueTask<Step> MessageAsync(MessageDraft draft)
        {
            if (hook.Edit is { } edit)
            {
                await edit(draft);
            }

            return await hook.AtAsync(Phase.Message, session);
        }

        public override void Answered(RelayResult result) => hook.At(Phase.Answered, session);

        public override void TransactionEnded() => hook.At(Phase.TransactionEnded, session);

        public override void Disconnected() => hook.At(Phase.Disconnected, session);
    }
}
