using System.Net;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// One mail transaction with one next hop, run in step with our client's: each answer is the next hop's own, and nothing is promised
/// that it has not promised. For one caller at a time. Dispose of it when the client's transaction ends, however it ends.
/// </summary>
internal sealed class RelayTransaction(
    Destination destination, ClientFacts client, MailCommand mail, RelayOptions options, NextHopConnector connector, TimeProvider clock, ILogger<RelayTransaction> logger)
    : IDelivery
{
    // However long the way to the next hop's final dot was: its answer gets a chance.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(30);

    private readonly List<RcptCommand> _accepted = [];
    private NextHopSession? _session;
    private ParkedSession? _parked;
    private TlsFacts? _tls;
    private IPAddress? _local;
    private bool _offersDsn;
    private SmtpReply? _refusal; // the answer to whatever is asked from now on
    private TextFacts? _text; // of the complete message
    private bool _hasNoSmtpUtf8; // no host of the destination offers it

    /// <summary>"mail.example.com[192.0.2.1]:25", for logs and the Received header; empty until a session was had.</summary>
    public string NextHop { get; private set; } = "";

    /// <summary>
    /// Submits recipients. The first call takes a session and passes MAIL and all RCPT in one pipeline; later ones add to the transaction.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SmtpReply>> AddRecipientsAsync(IReadOnlyList<RcptCommand> recipients, CancellationToken cancel)
    {
        Unpark();
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

        Park();
        return replies;
    }

    /// <inheritdoc/>
    public async ValueTask<RelayResult> CommitAsync(OutgoingMessage message, CancellationToken cancel)
    {
        if (_accepted.Count == 0)
        {
            throw new InvalidOperationException("No recipient was accepted");
        }

        var started = clock.GetTimestamp();
        Unpark();
        _text = message.Facts;
        LeaveUnsuitedHop();
        var (reply, possibleDuplicate) = await TrySendAsync(message, () => Left(started, message.Waited), mayResume: true, cancel);
        await DisposeAsync();
        return new RelayResult(reply, NextHop, _tls, message.Length, clock.GetElapsedTime(started), possibleDuplicate) { NextHopReports = _offersDsn };
    }

    /// <summary>Gives the session back; the next hop forgets a transaction that was left open when the session is used again or closed.</summary>
    public async ValueTask DisposeAsync()
    {
        Unpark();
        if (_session is not { } session)
        {
            return;
        }

        _session = null;
        if (session.Stage is TransactionStage.None or TransactionStage.Envelope)
        {
            connector.Pool.Return(session);
        }
        else
        {
            await connector.Pool.DiscardAsync(session);
        }
    }

    // However many answers it takes, and whatever has to be repeated: the client waits for all of it.
    private async ValueTask<SmtpReply?> SubmitInTimeAsync(IReadOnlyList<RcptCommand> recipients, SmtpReply?[] answers, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(options.RecipientsTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            return await SubmitAsync(recipients, answers, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return RelayReplies.From(
                NextHop.Length > 0 ? NextHop : destination.Hosts[0].Name, new NextHopException(NextHopFault.TimedOut, "not all recipients were answered in time"));
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
            var begins = _session is null;
            if (begins && await BeginAsync(recipients, fresh, cancel) is { } noSession)
            {
                return noSession;
            }

            var session = _session!;
            var repeated = begins ? _accepted.Count : 0;
            if (_accepted.Take(repeated).Any(r => !MayAsk(r, session)))
            {
                return await EndAsync(RelayReplies.ChangedItsMind(NextHop));
            }

            var asked = Enumerable.Range(0, recipients.Count).Where(i => MayAsk(recipients[i], session)).ToList();
            var all = new SmtpReply?[repeated + asked.Count];
            NextHopException? lost = null;
            try
            {
                using var abort = session.AbortOn(cancel);
                if (all.Length > 0 && await session.SubmitAsync(begins ? mail : null, [.. _accepted[..repeated], .. asked.Select(i => recipients[i])], all) is { } refused)
                {
                    return await EndAsync(Answer(refused, "mail"));
                }
            }
            catch (NextHopException e)
            {
                lost = e;
                var again = await LoseAsync(session, e, cancel);
                if (again && !fresh)
                {
                    continue;
                }
            }

            Array.Fill(answers, _hasNoSmtpUtf8 ? RelayReplies.NeedsSmtpUtf8 : RelayReplies.AnotherTransaction);
            for (var i = 0; i < asked.Count; i++)
            {
                answers[asked[i]] = all[repeated + i] is { } said ? Answer(said, "rcpt", subject: (1, 5)) : null;
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

    private static bool MayAsk(RcptCommand recipient, NextHopSession session) => recipient.ForwardPath.IsAscii || session.Capabilities.SmtpUtf8;

    private async ValueTask<SmtpReply?> BeginAsync(IReadOnlyList<RcptCommand> recipients, bool fresh, CancellationToken cancel)
    {
        var request = new ConnectRequest(destination, client) { IsFresh = fresh, IsComplete = _text is not null, Wanted = Wanted(recipients) };
        var (session, refusal) = await connector.ConnectAsync(request, cancel);
        if (session is null && refusal is null)
        {
            if (mail.ReversePath is { IsAscii: false } || NeedsSmtpUtf8)
            {
                return NeedsSmtpUtf8 ? RelayReplies.HeaderNeedsSmtpUtf8 : RelayReplies.NeedsSmtpUtf8;
            }

            // Recipients that are not ASCII are refused one by one; a text of 8 bits goes out as it is, as one without BODY does.
            _hasNoSmtpUtf8 |= recipients.Any(r => !r.ForwardPath.IsAscii);
            (session, refusal) = await connector.ConnectAsync(request with { Wanted = null }, cancel);
        }

        _session = session;
        if (session is null)
        {
            return refusal;
        }

        NextHop = session.Name;
        _tls = session.Tls;
        _local = session.Local;
        _offersDsn = session.Capabilities.Dsn;
        if (!_offersDsn && (mail is not { Return: null, EnvelopeId: null } || recipients.Any(r => r is not { Notify: null, OriginalRecipient: null })))
        {
            RelayLog.DsnDropped(logger, NextHop);
        }

        return null;
    }

    // RFC 6531, section 3.5, for envelope and header section; RFC 6152, section 3, for the text.
    private Func<EhloCapabilities, bool>? Wanted(IReadOnlyList<RcptCommand> recipients) =>
        NeedsSmtpUtf8 || mail.ReversePath is { IsAscii: false } || recipients.Concat(_accepted).Any(r => !r.ForwardPath.IsAscii) ? offered => offered.SmtpUtf8
        : _text is { IsEightBit: true } ? offered => offered.EightBitMime
        : null;

    private bool NeedsSmtpUtf8 => mail.SmtpUtf8 && _text is { IsHeaderEightBit: true };

    // What the text needs is known only now. Another host of the destination may offer it; the transaction is repeated there.
    private void LeaveUnsuitedHop()
    {
        if (_session is { } session && Wanted([]) is { } wanted && !wanted(session.Capabilities) && (NeedsSmtpUtf8 || destination.Hosts.Length > 1))
        {
            _session = null;
            connector.Pool.Return(session);
        }
    }

    // A refusal that is about this relay is no answer to the client's mail.
    private SmtpReply Answer(SmtpReply said, string stage, (int Subject, int Detail) subject = default)
    {
        if (!connector.Names.IsAboutRelay(said, _local))
        {
            return RelayReplies.From(NextHop, said, subject);
        }

        connector.Names.Note(NextHop[..NextHop.IndexOf('[', StringComparison.Ordinal)], stage, said);
        return RelayReplies.RefusesRelay(NextHop, said);
    }

    private async ValueTask<(SmtpReply Reply, bool PossibleDuplicate)> TrySendAsync(
        OutgoingMessage message, Func<TimeSpan> patience, bool mayResume, CancellationToken cancel)
    {
        if (_session is null && (_refusal ??= await SubmitInTimeAsync([], [], cancel)) is { } refusal)
        {
            return (refusal, false);
        }

        var session = _session!;
        try
        {
            return (Answer(await session.SendTextAsync(message, patience, cancel), "text"), false);
        }
        catch (NextHopException e)
        {
            var stage = session.Stage;
            var again = await LoseAsync(session, e, cancel);
            if (again && mayResume && stage == TransactionStage.Envelope)
            {
                return await TrySendAsync(message, patience, mayResume: false, cancel);
            }

            if (stage == TransactionStage.AwaitingVerdict)
            {
                RelayLog.PossibleDuplicate(logger, NextHop, e.Reason);
            }

            return (RelayReplies.From(NextHop, e), stage == TransactionStage.AwaitingVerdict);
        }
        catch (IOException e)
        {
            RelayLog.TextNotReadable(logger, e.Message);
            return (RelayReplies.TextNotReadable, false);
        }
    }

    private TimeSpan Left(long started, TimeSpan waited)
    {
        var left = options.FinalDotTimeout - waited - clock.GetElapsedTime(started);
        var least = options.FinalDotTimeout < LeastPatience ? options.FinalDotTimeout : LeastPatience;
        return left > least ? left : least;
    }

    // It is the client's turn, and it may take long.
    private void Park()
    {
        if (_session is { } session)
        {
            session.Rested = true;
            _parked = connector.Pool.Park(session);
        }
    }

    // Without a session what was accepted is repeated in another: nothing was promised but that.
    private void Unpark()
    {
        if (_parked is { } parked && !connector.Pool.TryUnpark(parked))
        {
            _session = null;
        }

        _parked = null;
    }

    private async ValueTask<SmtpReply> EndAsync(SmtpReply refusal)
    {
        await DisposeAsync();
        return refusal;
    }

    /// <summary>Gives up a session that has failed. True if that was to be expected of it, and another may do better.</summary>
    private async ValueTask<bool> LoseAsync(NextHopSession session, NextHopException failure, CancellationToken cancel)
    {
        _session = null;
        await connector.Pool.DiscardAsync(session);
        cancel.ThrowIfCancellationRequested();
        var stale = session.Rested && failure.Fault == NextHopFault.HungUp;
        if (stale)
        {
            RelayLog.StaleReplaced(logger, session.Name, failure.Reason);
        }
        else
        {
            RelayLog.SessionLost(logger, session.Name, failure.Reason);
        }

        return stale;
    }
}
