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
    Disconnected,
}

/// <summary>Somebody's hook: it does one thing at one phase, and notes which phases it saw.</summary>
internal sealed class TestHook(Phase at, Func<Session, ValueTask<Refusal?>> act) : SessionHook
{
    private readonly Lock _lock = new();
    private readonly List<Phase> _seen = [];

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

    public override ValueTask<Refusal?> ConnectAsync(Session session) => AtAsync(Phase.Connect, session);

    public override ValueTask<Refusal?> GreetAsync(Session session) => AtAsync(Phase.Greet, session);

    public override ValueTask<Refusal?> HelloAsync(Session session) => AtAsync(Phase.Hello, session);

    public override ValueTask<Refusal?> MailAsync(Session session) => AtAsync(Phase.Mail, session);

    public override ValueTask<Refusal?> RecipientsAsync(Session session, IReadOnlyList<Recipient> recipients) => AtAsync(Phase.Recipients, session);

    public override void RecipientAnswered(Session session, Recipient recipient) => At(Phase.RecipientAnswered, session);

    public override ValueTask<Refusal?> DataAsync(Session session) => AtAsync(Phase.Data, session);

    public override ValueTask<Refusal?> MessageAsync(Session session, MessageText text) => AtAsync(Phase.Message, session);

    public override void Answered(Session session, RelayResult result) => At(Phase.Answered, session);

    public override void Disconnected(Session session) => At(Phase.Disconnected, session);

    private ValueTask<Refusal?> AtAsync(Phase phase, Session session)
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
}
