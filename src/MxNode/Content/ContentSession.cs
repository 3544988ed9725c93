using System.Globalization;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Content;

/// <summary>
/// One client's session with all filters, phase by phase. In each phase the filters are asked in the operator's order; the first one
/// that refuses ends the phase, and the ones behind it are not asked. For one caller at a time.
/// </summary>
internal sealed class ContentSession
{
    // RFC 5321, section 4.5.3.2: a client waits 5 minutes for the answer to a command, and the next hop and the throttle need their share;
    // after the final dot it waits 10 minutes, and the next hop gets what the filters leave.
    private static readonly TimeSpan CommandPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MessagePatience = TimeSpan.FromMinutes(4);

    private readonly FilterSession[] _filters;
    private readonly ContentFilters _content;
    private readonly FilterFacts _facts;
    private readonly CancellationToken _gone;

    public ContentSession(ContentFilters content, FilterFacts facts, CancellationToken gone)
    {
        _content = content;
        _facts = facts;
        _gone = gone;
        _filters = [.. content.Filters.Select(f => new FilterSession(f, facts, gone))];
    }

    /// <summary>The client has connected.</summary>
    /// <exception cref="OperationCanceledException">The client is gone, as in all other phases.</exception>
    public ValueTask<FilterResult> ConnectAsync() => AskAllAsync((f, budget) => f.ConnectAsync(budget), CommandPatience);

    /// <summary>HELO or EHLO.</summary>
    public ValueTask<FilterResult> HeloAsync() => AskAllAsync((f, budget) => f.HeloAsync(budget), CommandPatience);

    /// <summary>A command that the node does not know.</summary>
    public ValueTask<FilterResult> UnknownAsync(string line) => AskAllAsync((f, budget) => f.UnknownAsync(line, budget), CommandPatience);

    /// <summary>MAIL.</summary>
    public ValueTask<FilterResult> MailAsync(MailCommand mail, string id)
    {
        (_facts.Mail, _facts.Id) = (mail, id);
        var arguments = Arguments(mail);
        return AskAllAsync((f, budget) => f.MailAsync(arguments, budget), CommandPatience);
    }

    /// <summary>RCPT commands that came together. An outcome other than Pass goes to <paramref name="refuse"/>, recipient by recipient.</summary>
    public async ValueTask RecipientsAsync<T>(IEnumerable<T> recipients, Func<T, RcptCommand> command, Action<T, FilterResult> refuse)
    {
        var budget = _content.Budget(CommandPatience);
        foreach (var recipient in recipients)
        {
            var rcpt = command(recipient);
            _facts.Recipient = rcpt.ForwardPath;
            var arguments = Arguments(rcpt);
            var result = await AskAllAsync((f, b) => f.RecipientAsync(arguments, b), budget);
            if (result.Outcome != FilterOutcome.Pass)
            {
                refuse(recipient, result);
            }
        }

        _facts.Recipient = null;
    }

    /// <summary>DATA.</summary>
    public ValueTask<FilterResult> DataAsync() => AskAllAsync((f, budget) => f.DataAsync(budget), CommandPatience);

    /// <summary>The text. Each filter sees the changes of those before it.</summary>
    /// <param name="draft">The message; changed where the filters ask for it and the outcome is Pass.</param>
    /// <param name="recipients">The addresses that the next hop has accepted.</param>
    /// <exception cref="IOException">The text, or a new body, could not be kept or read.</exception>
    public async ValueTask<FilterResult> MessageAsync(MessageDraft draft, IReadOnlyCollection<string> recipients)
    {
        var header = await draft.ReadHeaderAsync(_gone);
        return await AskAllAsync((f, budget) => MessageAsync(f, header, draft, recipients, budget), MessagePatience);
    }

    /// <summary>The transaction is over, if one was under way.</summary>
    public void Abort()
    {
        (_facts.Mail, _facts.Id) = (null, null);
        Array.ForEach(_filters, f => f.Abort());
    }

    /// <summary>The client is gone. Connections are given back; nothing of it throws.</summary>
    public async Task CloseAsync()
    {
        foreach (var filter in _filters)
        {
            await filter.CloseAsync();
        }
    }

    private ValueTask<FilterResult> AskAllAsync(Func<FilterSession, PhaseBudget, ValueTask<FilterResult>> phase, TimeSpan patience) =>
        AskAllAsync(phase, _content.Budget(patience));

    private async ValueTask<FilterResult> AskAllAsync(Func<FilterSession, PhaseBudget, ValueTask<FilterResult>> phase, PhaseBudget budget)
    {
        foreach (var filter in _filters)
        {
            var result = await phase(filter, budget);
            if (result.Outcome != FilterOutcome.Pass)
            {
                _content.Metrics.Answered(filter.Name, result.Outcome);
            }

            if (result.Outcome != FilterOutcome.Pass && !(result.Outcome == FilterOutcome.Unavailable && _content.Options.PassesUnchecked))
            {
                return result;
            }
        }

        return FilterResult.Pass;
    }

    private async ValueTask<FilterResult> MessageAsync(
        FilterSession filter, HeaderSection header, MessageDraft draft, IReadOnlyCollection<string> recipients, PhaseBudget budget)
    {
        var started = _content.Time.GetTimestamp();
        await using var changes = new FilterChanges(_content.Texts);
        var result = await filter.MessageAsync(header, new BodyAfterHeader(draft, _gone).ReadAsync(), changes.AddAsync, budget);
        if (result.Outcome != FilterOutcome.Pass)
        {
            return result;
        }

        _content.Metrics.Passed(filter.Name, _content.Time.GetElapsedTime(started));
        result = changes.Judge(_facts.Mail!, recipients, out var impossible);
        if (result.Outcome == FilterOutcome.Pass)
        {
            await changes.ApplyAsync(header, draft, _gone);
        }
        else if (impossible is not null)
        {
            filter.ReportImpossible(impossible);
        }

        return result;
    }

    private static List<string> Arguments(MailCommand mail)
    {
        var arguments = new List<string> { $"<{mail.ReversePath}>" };
        if (mail.Size is { } size)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"SIZE={size}"));
        }

        if (mail.Body == BodyType.EightBitMime)
        {
            arguments.Add("BODY=8BITMIME");
        }

        if (mail.SmtpUtf8)
        {
            arguments.Add("SMTPUTF8");
        }

        Add(arguments, "RET", mail.Return);
        Add(arguments, "ENVID", mail.EnvelopeId);
        return arguments;
    }

    private static List<string> Arguments(RcptCommand recipient)
    {
        var arguments = new List<string> { $"<{recipient.ForwardPath}>" };
        Add(arguments, "NOTIFY", recipient.Notify);
        Add(arguments, "ORCPT", recipient.OriginalRecipient);
        return arguments;
    }

    private static void Add(List<string> arguments, string keyword, string? value)
    {
        if (value is not null)
        {
            arguments.Add($"{keyword}={value}");
        }
    }
}
