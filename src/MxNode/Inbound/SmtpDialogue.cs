using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>How far a session with a client is: its state, its counts of errors and idle commands, and the replies that change them.</summary>
internal sealed class SmtpDialogue(SmtpWire wire, Session session, SmtpOptions options, MailTransactions mail)
{
    private int _errors;
    private int _idleCommands;

    public SessionState State { get; private set; } = SessionState.Connected;

    public bool IsOver => State == SessionState.Closed;

    /// <summary>The session goes on in that state.</summary>
    public void Enter(SessionState state) => State = state;

    /// <summary>The session is over, and no reply is due.</summary>
    public void Close() => State = SessionState.Closed;

    /// <summary>A message was answered: commands that bring no mail nearer are counted from zero again.</summary>
    public void NoteMessage()
    {
        State = SessionState.Ready;
        _idleCommands = 0;
    }

    /// <summary>Counts a command between two messages that brings no mail nearer. False: they were too many, and the session is over.</summary>
    public async ValueTask<bool> CountIdleAsync()
    {
        if (++_idleCommands <= options.MaxIdleCommands)
        {
            return true;
        }

        await EndAsync(Step.End(RefusalReason.TooManyErrors));
        return false;
    }

    /// <summary>Ends the transaction under way, if there is one.</summary>
    public async ValueTask ResetAsync()
    {
        await mail.ResetAsync();
        State = State == SessionState.Connected ? SessionState.Connected : SessionState.Ready;
    }

    /// <summary>Answers a command of the envelope.</summary>
    /// <param name="step">The result of the command.</param>
    /// <param name="onSuccess">The state after a positive reply.</param>
    public async ValueTask AnswerAsync(Step step, SessionState onSuccess)
    {
        if (step.Kind == StepKind.End)
        {
            await EndAsync(step);
            return;
        }

        var answer = step.Reply!;
        if (step.Reason == RefusalReason.Syntax)
        {
            await ErrorAsync(answer);
            return;
        }

        Note(step);
        State = answer.IsPositive ? onSuccess : State;
        wire.Write(answer);
    }

    /// <summary>Answers an error of the client; <see cref="SmtpOptions.MaxErrors"/> of them end the session.</summary>
    public async ValueTask ErrorAsync(SmtpReply reply)
    {
        wire.Write(reply);
        if (++_errors >= options.MaxErrors)
        {
            await EndAsync(Step.End(RefusalReason.TooManyErrors));
        }
    }

    /// <summary>Refuses a phase, which ends the transaction under way.</summary>
    public async ValueTask RefuseAsync(Step step)
    {
        if (step.Kind == StepKind.End)
        {
            await EndAsync(step);
            return;
        }

        Note(step);
        wire.Write(step.Reply!);
        await ResetAsync();
    }

    /// <summary>Ends the session because of what a read came to.</summary>
    public ValueTask EndAsync(WireEvent what) => what switch
    {
        WireEvent.TimedOut => EndAsync(Step.End(RefusalReason.Idle)),
        WireEvent.Draining => EndAsync(Step.End(RefusalReason.ShuttingDown)),
        WireEvent.Closed => EndAsync(Step.Gone),
        _ => throw new InvalidOperationException($"{what} does not end a session"),
    };

    /// <summary>Ends the session with the step's reply; without one the client is gone.</summary>
    public async ValueTask EndAsync(Step step)
    {
        State = SessionState.Closed;
        if (step.Reply is not { } reply)
        {
            return;
        }

        session.Summary.NoteEnd(reply, step.Reason);
        wire.Write(reply);
        await wire.LingerAsync();
    }

    /// <summary>Notes a refusal for log and metrics.</summary>
    public void Note(Step step)
    {
        if (step is { Reason: { } reason, Reply: { } reply })
        {
            session.Summary.Note(reply, reason);
        }
    }
}
