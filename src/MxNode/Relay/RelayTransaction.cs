using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// One mail transaction with one next hop. It follows the client's transaction command by command: each reply is the next hop's own, and the
/// client is promised nothing that the next hop has not promised. For one caller at a time. Dispose of it when the client's transaction ends.
/// </summary>
internal sealed class RelayTransaction : IDelivery
{
    // The least time for the reply to the text, however long its transfer took.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(30);

    private readonly ConnectRequest _request;
    private readonly MailCommand _mail;
    private readonly RelayOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SessionLoan _loan;
    private readonly TransactionNeeds _needs;
    private readonly List<RcptCommand> _accepted = [];
    private readonly HashSet<string> _domains = []; // whose policies the session satisfies
    private CheckedMessage? _checked;
    private SmtpReply? _refusal; // the reply to everything further; null while the transaction is open

    /// <param name="request">Destination and client.</param>
    /// <param name="mail">The client's MAIL command.</param>
    /// <param name="options">Time limits.</param>
    /// <param name="connector">Gives sessions.</param>
    /// <param name="clock">Measures the time limits.</param>
    /// <param name="logger">Takes what happens to sessions.</param>
    public RelayTransaction(
        ConnectRequest request, MailCommand mail, RelayOptions options, NextHopConnector connector, TimeProvider clock, ILogger<RelayTransaction> logger)
    {
        _request = request;
        _mail = mail;
        _options = options;
        _clock = clock;
        _logger = logger;
        _loan = new SessionLoan(connector, logger);
        _needs = new TransactionNeeds(mail);
    }

    /// <summary>Checks the sender for a next hop that does not know the client; null: it is not checked.</summary>
    public SenderCheck? Check { get; init; }

    /// <inheritdoc/>
    public string NextHop => _loan.NextHop;

    /// <inheritdoc/>
    public TlsReport Tls => _loan.TlsReport;

    /// <summary>
    /// Submits recipients. The first call takes a session and passes MAIL and all RCPT in one pipeline; later ones add to the transaction.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SmtpReply>> AddRecipientsAsync(IReadOnlyList<RcptCommand> recipients, CancellationToken cancel)
    {
        _loan.Unpark();
        var answers = new SmtpReply?[recipients.Count];
        _refusal ??= await SubmitInTimeAsync(recipients, answers, cancel);
        var replies = new SmtpReply[recipients.Count];
        for (var i = 0; i < replies.Length; i++)
        {
            // What was accepted in a session that is lost is accepted no more; what was refused for good stays so.
            replies[i] = answers[i] is { } answer && (_refusal is null || answer.IsPermanent) ? answer : _refusal!;
            if (replies[i].IsPositive)
            {
                _accepted.Add(recipients[i]);
            }
        }

        _loan.Park();
        return replies;
    }

    /// <inheritdoc/>
    public async ValueTask<RelayResult> CommitAsync(OutgoingMessage message, CancellationToken cancel)
    {
        if (_accepted.Count == 0)
        {
            throw new InvalidOperationException("No recipient was accepted");
        }

        var started = _clock.GetTimestamp();
        _loan.Unpark();
        _needs.Text = message.Facts;
        await LeaveUnsuitedHopAsync();
        var (reply, possibleDuplicate) = await TrySendAsync(message, () => Left(started, message.Waited), mayResume: true, cancel);
        await DisposeAsync();
        return new RelayResult(reply, NextHop, _loan.Tls, message.Length, _clock.GetElapsedTime(started), possibleDuplicate)
        {
            NextHopReports = _loan.OffersDsn,
            Authentication = _checked?.Verdict,
        };
    }

    /// <summary>Gives the session back.</summary>
    public ValueTask DisposeAsync() => _loan.ReturnAsync();

    // One time limit for all replies and repetitions, because the client waits for all of them.
    private async ValueTask<SmtpReply?> SubmitInTimeAsync(IReadOnlyList<RcptCommand> recipients, SmtpReply?[] answers, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(_options.RecipientsTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            return await SubmitAsync(recipients, answers, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return RelayReplies.From(
                NextHop.Length > 0 ? NextHop : _request.Destination.Hosts[0].Name, new NextHopException(NextHopFault.TimedOut, "not all recipients were answered in time"));
        }
    }

    /// <summary>
    /// Passes recipients on. If the session was kept or has waited, and turns out to be closed, all of the transaction so far is
    /// repeated in another: nothing has been promised yet but that these recipients would be taken.
    /// </summary>
    /// <param name="recipients">Those that are new; none when the transaction is only to be repeated.</param>
    /// <param name="answers">Filled in with our answers.</param>
    /// <param name="cancel">The client has given up, or the time is up.</param>
    /// <returns>The answer for those recipients that have none; null if each has one.</returns>
    private async ValueTask<SmtpReply?> SubmitAsync(IReadOnlyList<RcptCommand> recipients, SmtpReply?[] answers, CancellationToken cancel)
    {
        for (var fresh = false; ; fresh = true)
        {
            var begins = _loan.Session is null;
            if (begins && await BeginAsync(recipients, fresh, cancel) is { } noSession)
            {
                return noSession;
            }

            var session = _loan.Session!;
            var repeated = begins ? _accepted.Count : 0;
            if (_accepted.Take(repeated).Any(r => !TransactionNeeds.MayAsk(r, session.Capabilities)))
            {
                return await EndAsync(RelayReplies.ChangedItsMind(NextHop));
            }

            await NoteDomainsAsync(recipients, cancel);
            var asked = Enumerable.Range(0, recipients.Count)
                .Where(i => TransactionNeeds.MayAsk(recipients[i], session.Capabilities) && _domains.Contains(recipients[i].ForwardPath.Domain))
                .ToList();
            var all = new SmtpReply?[repeated + asked.Count];
            NextHopException? lost = null;
            try
            {
                using var abort = session.AbortOn(cancel);
                if (all.Length > 0 && await session.SubmitAsync(begins ? _mail : null, [.. _accepted[..repeated], .. asked.Select(i => recipients[i])], all) is { } refused)
                {
                    return await EndAsync(_loan.Answer(refused, "mail"));
                }
            }
            catch (NextHopException e)
            {
                lost = e;
                var again = await _loan.LoseAsync(e, cancel);
                if (again && !fresh)
                {
                    continue;
                }
            }

            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = _domains.Contains(recipients[i].ForwardPath.Domain) ? _needs.RecipientRefusal : RelayReplies.AnotherPolicy;
            }

            for (var i = 0; i < asked.Count; i++)
            {
                answers[asked[i]] = all[repeated + i] is { } said ? _loan.Answer(said, "rcpt", subject: (1, 5)) : null;
            }

            if (lost is not null)
            {
                return RelayReplies.From(NextHop, lost);
            }

            return Array.TrueForAll(all[..repeated], answer => answer!.IsPositive)
                ? null
                : await EndAsync(RelayReplies.ChangedItsMind(NextHop));
        }
    }

    // Recipients of a domain whose policy the session does not satisfy are sent in another transaction.
    private async ValueTask NoteDomainsAsync(IReadOnlyList<RcptCommand> recipients, CancellationToken cancel)
    {
        HashSet<string>? further = null;
        foreach (var recipient in recipients)
        {
            if (!_domains.Contains(recipient.ForwardPath.Domain))
            {
                (further ??= []).Add(recipient.ForwardPath.Domain);
            }
        }

        if (further is not null)
        {
            _domains.UnionWith(await _loan.SatisfiedAsync(_request, further, cancel));
        }
    }

    private async ValueTask<SmtpReply?> BeginAsync(IReadOnlyList<RcptCommand> recipients, bool fresh, CancellationToken cancel)
    {
        // The session must satisfy the policies of the recipients that were accepted, or else of the first one. Others' policies are compared later.
        _domains.Clear();
        _domains.UnionWith((_accepted.Count > 0 ? _accepted : recipients.Take(1)).Select(r => r.ForwardPath.Domain));
        var request = _request with { IsFresh = fresh, IsComplete = _needs.Text is not null, Wanted = _needs.Wanted(recipients.Concat(_accepted)), Domains = [.. _domains] };
        var outcome = await _loan.TakeAsync(request, cancel);
        if (outcome.IsLacking)
        {
            // A host that gives no session now may have what the mail needs: then nothing is refused for good.
            if (_needs.Refusal is { } lacking)
            {
                return outcome.Refusal ?? lacking;
            }

            // Recipients that are not ASCII are refused one by one; a text of 8 bits goes out as it is, as one without BODY does.
            _needs.NoteMissing(recipients, outcome.Refusal);
            outcome = await _loan.TakeAsync(request with { Wanted = null }, cancel);
        }

        if (outcome.Session is not { } session)
        {
            return outcome.Refusal;
        }

        Check?.NoteSession(_request.Destination, session.KnowsClient);

        if (!session.Capabilities.Dsn && (_mail is not { Return: null, EnvelopeId: null } || recipients.Any(r => r is not { Notify: null, OriginalRecipient: null })))
        {
            RelayLog.DsnDropped(_logger, NextHop);
        }

        return null;
    }

    // What the text needs is known only now. Another host of the destination may offer it; the transaction is repeated there.
    private ValueTask LeaveUnsuitedHopAsync() =>
        _loan.Session is { } session && _needs.Wanted(_accepted) is { } wanted && !wanted(session.Capabilities)
            && (_needs.IsHeaderUtf8 || _request.Destination.Hosts.Length > 1)
            ? _loan.ReturnAsync()
            : default;

    private async ValueTask<(SmtpReply Reply, bool PossibleDuplicate)> TrySendAsync(
        OutgoingMessage message, Func<TimeSpan> patience, bool mayResume, CancellationToken cancel)
    {
        if (_loan.Session is null && (_refusal ??= await SubmitInTimeAsync([], [], cancel)) is { } refusal)
        {
            return (refusal, false);
        }

        var session = _loan.Session!;
        try
        {
            var fit = Check is not { } check ? new CheckedMessage(message)
                : session.KnowsClient ? await check.RemoveForgedAsync(message, cancel)
                : _checked ??= await check.CheckAsync(message, cancel);
            return fit.Refusal is { } unfit
                ? (unfit, false)
                : (_loan.Answer(await session.SendTextAsync(fit.Message, patience, cancel), "text"), false);
        }
        catch (NextHopException e)
        {
            var stage = session.Stage;
            var again = await _loan.LoseAsync(e, cancel);
            if (again && mayResume && stage == TransactionStage.Envelope)
            {
                return await TrySendAsync(message, patience, mayResume: false, cancel);
            }

            if (stage == TransactionStage.AwaitingVerdict)
            {
                RelayLog.PossibleDuplicate(_logger, NextHop, e.Reason);
            }

            return (RelayReplies.From(NextHop, e), stage == TransactionStage.AwaitingVerdict);
        }
        catch (IOException e)
        {
            RelayLog.TextNotReadable(_logger, e.Message);
            return (RelayReplies.TextNotReadable, false);
        }
    }

    private TimeSpan Left(long started, TimeSpan waited)
    {
        var left = _options.FinalDotTimeout - waited - _clock.GetElapsedTime(started);
        var least = _options.FinalDotTimeout < LeastPatience ? _options.FinalDotTimeout : LeastPatience;
        return left > least ? left : least;
    }

    private async ValueTask<SmtpReply> EndAsync(SmtpReply refusal)
    {
        await DisposeAsync();
        return refusal;
    }
}
