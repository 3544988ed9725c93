using System.Diagnostics;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// A session's mail transactions, cut through to the next hop: what is answered to the client is what the next hop has
/// answered, and 250 to a text only after the next hop's 250. Whatever breaks in between is a 4xx, and the client still has the mail.
/// </summary>
internal sealed class MailTransactions(SmtpWire wire, Session session, SmtpServices services)
{
    private Transaction? Current => session.Transaction;

    /// <summary>Takes the reverse-path. A refusal ends the session; else there is an answer.</summary>
    public async ValueTask<(Refusal? End, SmtpReply? Answer)> BeginAsync(string argument)
    {
        if (!EnvelopeParser.TryParseMail(argument, out var mail, out var error))
        {
            return (null, error);
        }

        if (mail!.Size > services.Smtp.MaxMessageSize)
        {
            return (null, Refused(new Refusal(RefusalReason.MessageTooBig)));
        }

        session.LookUpTrust();
        session.Transaction = new Transaction(mail);
        if (await services.FirstRefusalAsync(h => h.MailAsync(session)) is { } refusal)
        {
            await ResetAsync();
            return Replies.Closes(refusal.Reason) ? (refusal, null) : (null, Refused(refusal));
        }

        return (null, Replies.SenderOk);
    }

    /// <summary>Takes the recipients of one group. A refusal ends the session; else there is an answer to each argument.</summary>
    public async ValueTask<(Refusal? End, IReadOnlyList<SmtpReply> Answers)> RecipientsAsync(IReadOnlyList<string> arguments)
    {
        var transaction = Current!;
        var answers = new SmtpReply?[arguments.Count];
        var group = new List<Recipient>(arguments.Count);
        var places = new List<int>(arguments.Count);
        for (var i = 0; i < arguments.Count; i++)
        {
            if (Parse(arguments[i], transaction, group.Count, out var address, out answers[i]))
            {
                group.Add(new Recipient(address!, services.Destinations.FindAsync(address!.Domain, session.Gone).AsTask()));
                places.Add(i);
            }
        }

        try
        {
            if (group.Count > 0 && await services.FirstRefusalAsync(h => h.RecipientsAsync(session, group)) is { } refusal)
            {
                if (Replies.Closes(refusal.Reason))
                {
                    return (refusal, []);
                }

                group.ForEach(r => r.Refuse(refusal));
            }

            await ForwardAsync(transaction, group);
        }
        catch (OperationCanceledException) when (session.Gone.IsCancellationRequested)
        {
        }

        if (session.Gone.IsCancellationRequested)
        {
            return (null, []);
        }

        for (var i = 0; i < group.Count; i++)
        {
            answers[places[i]] = group[i].Answer;
        }

        transaction.Recipients.AddRange(group);
        Summarize(group);
        return (null, answers!);
    }

    public ValueTask<Refusal?> DataAsync() => services.FirstRefusalAsync(h => h.DataAsync(session));

    /// <summary>
    /// Takes the text and passes it on. The end is a refusal that closes the session; without an answer the client is gone.
    /// </summary>
    public async ValueTask<(Refusal? End, SmtpReply? Answer)> TextAsync()
    {
        await using var text = services.Texts.Create();
        try
        {
            var reader = new MessageTextReader(services.Smtp.MaxMessageSize);
            var what = await wire.ReadTextAsync(reader, text, services.DataTimeout(), services.Smtp.TextTimeout);
            if (what != WireEvent.Line)
            {
                return (what == WireEvent.TimedOut ? new Refusal(RefusalReason.Idle) : null, null);
            }

            if (text.Failure is { } failure)
            {
                services.Log.TextNotStored(session.Id, failure.Message);
                return (null, Refused(new Refusal(RefusalReason.StorageFailure)));
            }

            if (Fault(reader.Fault) is { } fault)
            {
                return Replies.Closes(fault.Reason) ? (fault, null) : (null, Refused(fault));
            }

            if (await services.FirstRefusalAsync(h => h.MessageAsync(session, text)) is { } refusal)
            {
                return Replies.Closes(refusal.Reason) ? (refusal, null) : (null, Refused(refusal));
            }

            return session.Gone.IsCancellationRequested ? (null, null) : (null, await SendAsync(text));
        }
        finally
        {
            await ResetAsync();
        }
    }

    public async ValueTask ResetAsync()
    {
        if (session.Transaction is { } transaction)
        {
            session.Transaction = null;
            await transaction.DisposeAsync();
        }
    }

    private bool Parse(string argument, Transaction transaction, int inGroup, out Mailbox? address, out SmtpReply? answer)
    {
        address = null;
        if (!EnvelopeParser.TryParseRcpt(argument, transaction.Mail.SmtpUtf8, out var rcpt, out answer))
        {
            return false;
        }

        if (transaction.Recipients.Count + inGroup >= services.Smtp.MaxRecipients)
        {
            answer = Refused(new Refusal(RefusalReason.TooManyRecipients));
            return false;
        }

        address = rcpt!.ForwardPath.Domain.Length > 0 ? rcpt.ForwardPath : services.Postmaster;
        answer = address is null ? Refused(new Refusal(RefusalReason.NoPostmaster)) : null;
        return address is not null;
    }

    private async ValueTask ForwardAsync(Transaction transaction, List<Recipient> group)
    {
        // Nobody was taken by the next hop so far: the transaction is still free to go elsewhere.
        if (transaction.Destination is not null && !transaction.Taken.Any())
        {
            await transaction.ForgetDestinationAsync();
        }

        var forwarded = new List<Recipient>(group.Count);
        foreach (var recipient in group.Where(r => r.Answer is null))
        {
            var answer = await recipient.Destination;
            var refusal = answer.Status switch
            {
                DestinationStatus.Subscribed when transaction.Destination is { } other && other.Key != answer.Destination!.Key => RefusalReason.AnotherNextHop,
                DestinationStatus.Subscribed => (RefusalReason?)null,
                DestinationStatus.NotSubscribed => RefusalReason.NotSubscribed,
                DestinationStatus.NoLongerSubscribed => RefusalReason.NoLongerSubscribed,
                DestinationStatus.AliasedMagicMx => RefusalReason.AliasedMagicMx,
                DestinationStatus.NullMx => RefusalReason.NullMx,
                DestinationStatus.NoRealMx => RefusalReason.NoRealMx,
                _ => RefusalReason.DnsFailure,
            };
            if (refusal is { } reason)
            {
                recipient.Refuse(new Refusal(reason));
            }
            else
            {
                transaction.Destination ??= answer.Destination;
                forwarded.Add(recipient);
            }
        }

        if (forwarded.Count == 0 || session.Gone.IsCancellationRequested)
        {
            return;
        }

        transaction.Relay ??= services.Forwarder.Begin(transaction.Destination!, session.Facts, transaction.Mail);
        var answers = await transaction.Relay.AddRecipientsAsync(forwarded.ConvertAll(r => r.Address), session.Gone);
        session.Summary.NextHop = transaction.Relay.NextHop is { Length: > 0 } name ? name : session.Summary.NextHop;
        for (var i = 0; i < forwarded.Count; i++)
        {
            forwarded[i].Answer = answers[i];
            session.Summary.Note(answers[i]);
            var answered = forwarded[i];
            services.Tell(session, h => h.RecipientAnswered(session, answered));
        }
    }

    private async ValueTask<SmtpReply> SendAsync(MessageText text)
    {
        var transaction = Current!;
        var header = ReceivedHeader.Build(session, services.Node.HostName, services.Time);
        var result = await transaction.Relay!.SendAsync(header, text, CancellationToken.None);
        session.Summary.Note(result.Reply);
        services.Metrics.Relayed(result);
        if (result.Reply.IsPositive)
        {
            session.Summary.Messages++;
        }

        services.Tell(session, h => h.Answered(session, result));
        return result.Reply;
    }

    private void Summarize(List<Recipient> group)
    {
        session.Summary.Recipients += group.Count;
        foreach (var recipient in group)
        {
            if (recipient.IsTaken)
            {
                session.Summary.RecipientsTaken++;
            }

            if (recipient.Refused is { } reason)
            {
                session.Summary.Note(new Refusal(reason));
            }

            services.Metrics.Recipient(recipient);
        }
    }

    private SmtpReply Refused(Refusal refusal)
    {
        session.Summary.Note(refusal);
        return Replies.For(refusal);
    }

    private static Refusal? Fault(MessageFault fault) => fault switch
    {
        MessageFault.None => null,
        MessageFault.BareCr or MessageFault.BareLf => new Refusal(RefusalReason.BareLineEnd),
        MessageFault.LineTooLong => new Refusal(RefusalReason.LineTooLong),
        MessageFault.TooBig => new Refusal(RefusalReason.MessageTooBig),
        _ => throw new UnreachableException(),
    };
}
