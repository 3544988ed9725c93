using System.Globalization;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Content;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>
/// Asks the operator's filters in each phase. It is the last hook: a client that the throttle defers costs no filter anything. A recipient
/// is reported to the filters before the next hop, because a recipient that the next hop has accepted can no longer be refused.
/// </summary>
internal sealed class ContentHook(Session session, ContentFilters content, NodeThrottle throttle, NodeOptions node, InboundLog log) : SessionHook
{
    // The look-up of the client's name began with the connection; a filter that knows the client only by its address judges it wrongly.
    private static readonly TimeSpan NamePatience = TimeSpan.FromSeconds(3);

    private readonly FilterFacts _facts = new() { HostName = node.HostName, Client = session.Client, Local = session.Local };
    private ContentSession? _filters;
    private bool _isExempt;
    private int _messages;

    public override async ValueTask<Step> GreetAsync()
    {
        if (IsOff())
        {
            return Step.Continue;
        }

        await session.DelayAsync(NamePatience, session.ReverseNameLookup);
        var step = await AskAsync(f => f.ConnectAsync());

        // RFC 5321, section 3.1: a server that does not serve greets with 554, or with 421 for now.
        return step is { Reply: { Code: not 421 } reply } ? step with { Kind = StepKind.End, Reply = reply with { Code = reply.IsPermanent ? 554 : 421 } } : step;
    }

    public override async ValueTask<Step> HelloAsync() => IsOff() ? Step.Continue : await AskAsync(f => f.HeloAsync());

    public override async ValueTask<Step> UnknownAsync(string line) => _isExempt || !content.Options.IsOn ? Step.Continue : await AskAsync(f => f.UnknownAsync(line));

    public override async ValueTask<Step> MailAsync()
    {
        if (IsOff())
        {
            return Step.Continue;
        }

        var id = ++_messages == 1 ? session.Id : string.Create(CultureInfo.InvariantCulture, $"{session.Id}.{_messages}");
        return await AskAsync(f => f.MailAsync(session.Transaction!.Mail, id));
    }

    public override async ValueTask<Step> RecipientsAsync(IReadOnlyList<Recipient> recipients)
    {
        if (_isExempt || !content.Options.IsOn)
        {
            return Step.Continue;
        }

        // A recipient that the session refuses right after the hooks is none that a filter need know of.
        var asked = new List<Recipient>(recipients.Count);
        foreach (var recipient in recipients.Where(r => r.Answer is null))
        {
            if ((await recipient.Destination).Status == DestinationStatus.Subscribed)
            {
                asked.Add(recipient);
            }
        }

        await Filters().RecipientsAsync(asked, r => r.Command, static (recipient, result) =>
        {
            var step = ToStep(result);
            recipient.Refuse(step.Reply!, step.Reason!.Value);
        });
        return asked.Find(r => r.Answer is { Code: 421 }) is { } last ? Step.Answer(last.Answer!, last.Refused) : Step.Continue;
    }

    public override async ValueTask<Step> DataAsync() => _isExempt || !content.Options.IsOn ? Step.Continue : await AskAboutTextAsync(f => f.DataAsync());

    public override async ValueTask<Step> MessageAsync(MessageDraft draft)
    {
        if (_isExempt || !content.Options.IsOn)
        {
            return Step.Continue;
        }

        try
        {
            var recipients = session.Transaction!.Recipients.Where(r => r.Answer is { IsPositive: true }).Select(r => r.Address.ToString()).ToList();
            return await AskAboutTextAsync(f => f.MessageAsync(draft, recipients));
        }
        catch (IOException e)
        {
            log.TextNotStored(session.Id, e.Message);
            return Step.Refuse(RefusalReason.StorageFailure);
        }
    }

    public override void TransactionEnded() => _filters?.Abort();

    public override void Disconnected() => _filters?.CloseAsync().ContinueWith(
        static (closing, log) => ((InboundLog)log!).HookFailed("", nameof(ContentHook), closing.Exception!.InnerException!),
        log,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted,
        TaskScheduler.Default);

    private ContentSession Filters() => _filters ??= new ContentSession(content, _facts, session.Gone);

    // Trust may have changed since the last message.
    private bool IsOff()
    {
        _isExempt = content.Options.ExemptTrusted && session.IsTrusted;
        return _isExempt || !content.Options.IsOn;
    }

    private async ValueTask<Step> AskAsync(Func<ContentSession, ValueTask<FilterResult>> phase) => ToStep(await ResultOfAsync(phase));

    // A message that is refused for good counts for the block of a client that is not trusted.
    private async ValueTask<Step> AskAboutTextAsync(Func<ContentSession, ValueTask<FilterResult>> phase)
    {
        var result = await ResultOfAsync(phase);
        if (result is { Outcome: FilterOutcome.Refused, Reply.IsPermanent: true } && !session.IsTrusted)
        {
            throttle.ContentRefused(session.Block);
        }

        return ToStep(result);
    }

    private ValueTask<FilterResult> ResultOfAsync(Func<ContentSession, ValueTask<FilterResult>> phase)
    {
        (_facts.ClientName, _facts.Hello, _facts.Tls) = (session.ReverseName, session.Hello, session.Tls);
        return phase(Filters());
    }

    private static Step ToStep(FilterResult result) => result.Outcome switch
    {
        FilterOutcome.Pass => Step.Continue,
        FilterOutcome.Refused => Step.Answer(result.Reply!, RefusalReason.Content),
        FilterOutcome.CannotBeDone => Step.Refuse(RefusalReason.ContentChange),
        _ => Step.Refuse(RefusalReason.ContentUnavailable),
    };
}
