using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// A session's mail transactions: envelope and text go through the hooks to the delivery (<see cref="IDelivery"/>), and what the client
/// gets is the delivery's reply. Nothing is promised before it. Every failure is a 4xx, and the client keeps the mail.
/// </summary>
internal sealed class MailTransactions(SmtpWire wire, Session session, InboundContext context, HookChain hooks, MailRoutes routes)
{
    private readonly RecipientIntake _recipients = new(session, context, hooks, routes);
    private TextIntake? _chunks;

    /// <summary>Takes a MAIL command.</summary>
    public async ValueTask<Step> BeginAsync(string argument)
    {
        if (!EnvelopeParser.TryParseMail(argument, out var mail, out var error))
        {
            return Step.Error(error);
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
    public ValueTask<(Step Step, IReadOnlyList<Step> Answers)> RecipientsAsync(IReadOnlyList<string> arguments) =>
        _recipients.TakeAsync(session.Transaction!, arguments);

    /// <summary>Asks whether the text may come.</summary>
    public ValueTask<Step> DataAsync() => hooks.AskAsync(h => h.DataAsync());

    /// <summary>Reads the text after 354 and delivers it. The transaction is over then.</summary>
    public async ValueTask<Step> TextAsync()
    {
        await using var text = new TextIntake(wire, session, context, routes.Texts.Create(), inChunks: false);
        try
        {
            return await text.ReadAsync() is { Kind: not StepKind.Continue } fault ? fault : await DeliverAsync(text.CreateDraft());
        }
        finally
        {
            await ResetAsync();
        }
    }

    /// <summary>
    /// Reads a chunk of the text (RFC 3030, section 2), and delivers the text after the last one. <see cref="Step.Continue"/>: more
    /// chunks are to come; else the transaction is over.
    /// </summary>
    public async ValueTask<Step> ChunkAsync(BdatArgument chunk)
    {
        if (_chunks is null && await DataAsync() is { Kind: not StepKind.Continue } refusal)
        {
            var skipped = refusal.Kind == StepKind.End || await SkipChunkAsync(chunk);
            await ResetAsync();
            return skipped ? refusal : Step.Gone;
        }

        _chunks ??= new TextIntake(wire, session, context, routes.Texts.Create(), inChunks: true);
        var step = await _chunks.ReadChunkAsync(chunk);
        if (step.Kind == StepKind.Continue && !chunk.IsLast)
        {
            return step;
        }

        try
        {
            return step.Kind == StepKind.Continue ? await DeliverAsync(_chunks.CreateDraft()) : step;
        }
        finally
        {
            await ResetAsync();
        }
    }

    /// <summary>Throws the octets of a chunk away that may not come now. False: the client is gone or too slow.</summary>
    public async ValueTask<bool> SkipChunkAsync(BdatArgument chunk) =>
        await wire.Content.ReadChunkAsync(chunk.Size, null, null, context.Limits.DataTimeout, context.Smtp.TextTimeout) == WireEvent.Line;

    /// <summary>Ends the transaction under way, if there is one.</summary>
    public async ValueTask ResetAsync()
    {
        if (_chunks is { } chunks)
        {
            _chunks = null;
            await chunks.DisposeAsync();
        }

        if (session.Transaction is { } transaction)
        {
            session.Transaction = null;
            await transaction.DisposeAsync();
            hooks.Notify(h => h.TransactionEnded());
        }
    }

    private async ValueTask<Step> DeliverAsync(MessageDraft made)
    {
        var complete = context.Time.GetTimestamp();
        await using var draft = made;
        if (await hooks.AskAsync(h => h.MessageAsync(draft)) is { Kind: not StepKind.Continue } refusal)
        {
            return refusal;
        }

        // A client that guesses addresses of a silent domain gets one answer, whatever becomes of its message.
        var transaction = session.Transaction!;
        var isHidden = transaction.Recipients.Exists(r => r.HidesUnknown);
        if (isHidden && !transaction.Taken.Any())
        {
            session.Summary.NoteAnswer(Replies.MessageOk);
            return Step.Answer(Replies.MessageOk);
        }

        var received = ReceivedHeader.Build(session, context.Node.HostName, context.Time);
        var message = draft.ToMessage(received) with { Waited = context.Time.GetElapsedTime(complete) };
        RelayResult result;
        using (var call = NodeTracing.Call("deliver"))
        {
            result = await transaction.Delivery!.CommitAsync(message, session.Gone);
            call?.SetTag("throttlenet.next_hop", result.NextHop).SetTag("throttlenet.reply", result.Reply.Code);
        }

        session.Summary.Tls = transaction.Delivery!.Tls;
        session.Summary.NoteAnswer(result.Reply);
        session.Summary.Authentication = result.Authentication ?? session.Summary.Authentication;
        context.Metrics.Relayed(result.Reply.IsPositive ? "accepted" : result.Reply.IsTransient ? "deferred" : "refused", result.Elapsed);
        if (result.Reply.IsPositive)
        {
            session.Summary.NoteTaken(result.Reply);
        }

        hooks.Notify(h => h.Answered(result));
        return Step.Answer(isHidden && result.Reply.IsPositive ? Replies.MessageOk : result.Reply);
    }
}
