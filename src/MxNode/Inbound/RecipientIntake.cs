using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Takes the recipients of a transaction, group by group: parse, hooks, next hop.</summary>
internal sealed class RecipientIntake(Session session, InboundContext context, HookChain hooks, MailRoutes routes)
{
    // Recipients of one session that may be refused for being too many: more than any client that obeys the replies sends. The session ends then.
    private const int MaxExcess = 1000;

    private int _excess;

    /// <summary>Takes the RCPT commands of one group.</summary>
    /// <returns>A step that ends the session; or <see cref="Step.Continue"/>, and an answer to each command.</returns>
    public async ValueTask<(Step Step, IReadOnlyList<Step> Answers)> TakeAsync(Transaction transaction, IReadOnlyList<string> arguments)
    {
        using var phase = NodeTracing.Phase("recipients");
        var answers = new Step[arguments.Count];
        var group = new List<Recipient>(arguments.Count);
        var places = new List<int>(arguments.Count);
        for (var i = 0; i < arguments.Count; i++)
        {
            if (TryParse(arguments[i], transaction, group.Count, out var command, out answers[i]))
            {
                group.Add(new Recipient(command!, routes.Destinations.FindAsync(command!.ForwardPath.Domain, session.Gone).AsTask()));
                places.Add(i);
            }
        }

        if (group.Count > 0)
        {
            transaction.Check ??= routes.MethodOf(group[0].Address.Domain).CheckSender(session.Facts, transaction.Mail);
            _ = transaction.Check?.StartForAsync(group[0].Destination);
        }

        try
        {
            if (group.Count > 0 && await hooks.AskAsync(h => h.RecipientsAsync(group)) is { Kind: not StepKind.Continue } refusal)
            {
                if (refusal.Kind == StepKind.End)
                {
                    return (refusal, []);
                }

                group.FindAll(r => r.Answer is null).ForEach(r => r.Refuse(refusal.Reply!, refusal.Reason ?? RefusalReason.Content));
            }

            await ForwardAsync(transaction, group);
        }
        catch (OperationCanceledException) when (session.Gone.IsCancellationRequested)
        {
            return (Step.Gone, []);
        }

        if (session.Gone.IsCancellationRequested)
        {
            return (Step.Gone, []);
        }

        for (var i = 0; i < group.Count; i++)
        {
            answers[places[i]] = Step.Answer(group[i].Answer!);
        }

        transaction.Recipients.AddRange(group);
        Summarize(group);
        return (Step.Continue, answers);
    }

    private bool TryParse(string argument, Transaction transaction, int inGroup, out RcptCommand? command, out Step answer)
    {
        answer = default;
        if (!EnvelopeParser.TryParseRcpt(argument, transaction.Mail.SmtpUtf8, out command, out var error))
        {
            answer = Step.Error(error);
            return false;
        }

        if (transaction.Recipients.Count + inGroup >= context.Smtp.MaxRecipients)
        {
            // A client may send all its recipients before it reads a reply, so many of these replies are no fault yet (RFC 5321, section 4.5.3.1.10).
            answer = ++_excess > MaxExcess ? Step.End(RefusalReason.TooManyErrors) : Step.Refuse(RefusalReason.TooManyRecipients);
            return false;
        }

        if (IsOwnPostmaster(command.ForwardPath))
        {
            if (routes.Postmaster is not { } postmaster)
            {
                answer = Step.Refuse(RefusalReason.NoPostmaster);
                return false;
            }

            command = command with { ForwardPath = postmaster };
        }

        return true;
    }

    // RFC 5321, section 4.5.1: without a domain, at this node's name, and at the address that the client has connected to.
    private bool IsOwnPostmaster(Mailbox path) =>
        path.IsPostmaster
        && (path.Domain.Length == 0
            || path.Domain.Equals(context.Node.HostName, StringComparison.OrdinalIgnoreCase)
            || (path.Domain[0] == '[' && session.Local is { } server && path.Domain == AddressLiteral.Of(server.Address)));

    private async ValueTask ForwardAsync(Transaction transaction, List<Recipient> group)
    {
        // While no recipient was accepted, the transaction is still free to go elsewhere.
        if (transaction.Destination is not null && !transaction.Taken.Any())
        {
            await transaction.ForgetDestinationAsync();
        }

        var forwarded = new List<Recipient>(group.Count);
        foreach (var recipient in group.Where(r => r.Answer is null))
        {
            var answer = await recipient.Destination;
            var method = routes.MethodOf(recipient.Address.Domain);
            if (WhyNot(answer, method, transaction) is { } reason)
            {
                recipient.Refuse(reason);
            }
            else
            {
                transaction.Destination ??= answer.Destination;
                transaction.Method ??= method;
                forwarded.Add(recipient);
                routes.Destinations.PreparePolicy(recipient.Address.Domain);
            }
        }

        if (forwarded.Count == 0 || session.Gone.IsCancellationRequested)
        {
            return;
        }

        transaction.Delivery ??= transaction.Method!.Begin(transaction.Destination!, session.Facts, transaction.Mail, transaction.Check);
        var answers = await transaction.Delivery.AddRecipientsAsync(forwarded.ConvertAll(r => r.Command), session.Gone);
        session.Summary.Tls = transaction.Delivery.Tls;
        session.Summary.NextHop = transaction.Delivery.NextHop is { Length: > 0 } name ? name : session.Summary.NextHop;
        for (var i = 0; i < forwarded.Count; i++)
        {
            var answered = forwarded[i];
            answered.Answer = answers[i];
            session.Summary.NoteAnswer(answers[i]);
            hooks.Notify(h => h.RecipientAnswered(answered));
            if (answered.HidesUnknown)
            {
                answered.Hide(answers[i]);
            }
        }
    }

    private static RefusalReason? WhyNot(DestinationAnswer answer, IDeliveryMethod method, Transaction transaction) => answer.Status switch
    {
        DestinationStatus.Subscribed when transaction.Method is { } other && other != method => RefusalReason.AnotherNextHop,
        DestinationStatus.Subscribed when transaction.Destination is { } other && other.Key != answer.Destination!.Key => RefusalReason.AnotherNextHop,
        _ => DestinationRefusals.For(answer.Status),
    };

    private void Summarize(List<Recipient> group)
    {
        session.Summary.Recipients += group.Count;
        foreach (var recipient in group)
        {
            session.Summary.Domain = recipient.Address.Domain is { Length: > 0 } domain ? domain : session.Summary.Domain;
            var answer = recipient.Answer!;
            session.Summary.RecipientsTaken += recipient.IsTaken ? 1 : 0;
            if (recipient.Refused is { } refused)
            {
                session.Summary.Note(answer, refused);
            }

            context.Metrics.Recipient(
                answer.IsPositive ? recipient.Disposition.Verdict : answer.IsTransient ? "defer" : "refuse",
                recipient.Refused?.ToString() ?? (answer.IsPositive ? recipient.Disposition.Reason : "NextHop"));
        }
    }
}
