using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// A session's mail transactions: envelope and text go through the hooks to the delivery (<see cref="IDelivery"/>), and what the client
/// hears is what the delivery answers. Nothing is promised before it; whatever breaks is a 4xx, and the client keeps the mail.
/// </summary>
internal sealed class MailTransactions(SmtpWire wire, Session session, InboundContext context, HookChain hooks, MailRoutes routes)
{
    private readonly RecipientIntake _recipients = new(session, context, hooks, routes);

    /// <summary>Takes a MAIL command.</summary>
    public async ValueTask<Step> BeginAsync(string argument)
    {
        if (!EnvelopeParser.TryParseMail(argument, out var mail, out var error))
        {
            return Step.Answer(error);
        }

        if (mail.Size > context.Smtp.MaxMessageSize)
        {
            return Step.Refuse(RefusalReason.MessageTooBig);
        }

        session.LookUpTrust();
        session.Transaction = new Transaction(mail);
        if (await hooks.AskAsync(h => h.MailAsync()) is { Kind: not StepKind.Continue } refusal)
        {
            await ResetAsync();
            return refusal;
        }

        return Step.Answer(Replies.SenderOk);
    }

    /// <inheritdoc cref="RecipientIntake.TakeAsync"/>
    public ValueTask<(Step Step, IReadOnlyList<SmtpReply> Answers)> RecipientsAsync(IReadOnlyList<string> arguments) =>
        _recipients.TakeAsync(session.Transaction!, arguments);

    /// <summary>Asks whether the text may come.</summary>
    public ValueTask<Step> DataAsync() => hooks.AskAsync(h => h.DataAsync());

    /// <summary>Reads the text and delivers it. The transaction is over then.</summary>
    public async ValueTask<Step> TextAsync()
    {
        await using var text = routes.Texts.Create();
        try
        {
            var reader = new MessageTextReader(context.Smtp.MaxMessageSize);
            var what = await wire.ReadTextAsync(reader, text, context.Limits.DataTimeout, context.Smtp.TextTimeout);
            if (what != WireEvent.Line)
            {
                return what == WireEvent.TimedOut ? Step.End(RefusalReason.Idle) : Step.Gone;
            }

            var finalDot = context.Time.GetTimestamp();
            if (text.Failure is { } failure)
            {
                context.Log.TextNotStored(session.Id, failure.Message);
                return Step.Refuse(RefusalReason.StorageFailure);
            }

            if (FaultOf(reader) is { } fault)
            {
                return Step.Refuse(fault);
            }

            await using var draft = new MessageDraft(text);
            if (await hooks.AskAsync(h => h.MessageAsync(draft)) is { Kind: not StepKind.Continue } refusal)
            {
                return refusal;
            }

            return session.Gone.IsCancellationRequested ? Step.Gone : await CommitAsync(draft, finalDot);
        }
        finally
        {
            await ResetAsync();
        }
    }

    /// <summary>Ends the transaction under way, if there is one.</summary>
    public async ValueTask ResetAsync()
    {
        if (session.Transaction is { } transaction)
        {
            session.Transaction = null;
            await transaction.DisposeAsync();
            hooks.Notify(h => h.TransactionEnded());
        }
    }

    private async ValueTask<Step> CommitAsync(MessageDraft draft, long finalDot)
    {
        var received = ReceivedHeader.Build(session, context.Node.HostName, context.Time);
        var message = draft.ToMessage(received) with { Waited = context.Time.GetElapsedTime(finalDot) };
        var result = await session.Transaction!.Delivery!.CommitAsync(message, CancellationToken.None);
        session.Summary.NoteAnswer(result.Reply);
        context.Metrics.Relayed(result.Reply.IsPositive ? "accepted" : result.Reply.IsTransient ? "deferred" : "refused", result.Elapsed);
        if (result.Reply.IsPositive)
        {
            session.Summary.Messages++;
        }

        hooks.Notify(h => h.Answered(result));
        return Step.Answer(result.Reply);
    }

    private static RefusalReason? FaultOf(MessageTextReader reader) => reader.Fault switch
    {
        MessageFault.None => null,
        MessageFault.BareCr or MessageFault.BareLf => RefusalReason.BareLineEnd,
        MessageFault.LineTooLong => RefusalReason.LineTooLong,
        MessageFault.TooBig => RefusalReason.MessageTooBig,
        _ => throw new InvalidOperationException($"unknown fault {reader.Fault}"),
    };
}
