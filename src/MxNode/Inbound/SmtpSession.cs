using System.Buffers;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>Why <see cref="SmtpSession.RunAsync"/> came to its end.</summary>
internal enum SessionEnd
{
    Over,

    /// <summary>XCLIENT has named another client: the session starts anew with its greeting (Postfix XCLIENT_README).</summary>
    NewClient,
}

/// <summary>
/// Speaks the server's side of SMTP with one client: greeting, then command by command. What a mail transaction means is
/// <see cref="MailTransactions"/>' affair; whether a command may come now is <see cref="SessionTable"/>'s.
/// </summary>
internal sealed class SmtpSession(SmtpWire wire, Session session, SmtpServices services)
{
    private readonly SmtpOptions _options = services.Smtp;
    private readonly MailTransactions _mail = new(wire, session, services);
    private readonly int _lineCap = services.MayNameClients(session.Peer) ? SmtpLimits.XclientCommandLine : SmtpLimits.CommandLine;
    private SessionState _state = SessionState.Connected;
    private int _errors;
    private int _idleCommands;

    /// <summary>The client that XCLIENT has named, when that ended the session.</summary>
    public XclientFacts? NewClient { get; private set; }

    /// <param name="greet">False after XCLIENT: the greet delay is over, only the greeting is said again.</param>
    public async Task<SessionEnd> RunAsync(bool greet)
    {
        try
        {
            if (await GreetAsync(greet))
            {
                while (_state != SessionState.Closed)
                {
                    await NextCommandAsync();
                }
            }
        }
        finally
        {
            await _mail.ResetAsync();
            services.Tell(session, h => h.Disconnected(session));
        }

        return NewClient is null ? SessionEnd.Over : SessionEnd.NewClient;
    }

    private async ValueTask<bool> GreetAsync(bool delay)
    {
        if (await services.FirstRefusalAsync(h => h.ConnectAsync(session)) is { } atDoor)
        {
            await CloseAsync(atDoor);
            return false;
        }

        if (delay && !session.IsTrusted && services.Smtp.GreetDelay > TimeSpan.Zero && !await WaitOutGreetDelayAsync())
        {
            return false;
        }

        if (await services.FirstRefusalAsync(h => h.GreetAsync(session)) is { } refusal)
        {
            await CloseAsync(refusal);
            return false;
        }

        wire.Write(services.Greeting);
        return true;
    }

    // An early talker hears of it at the end of the delay: it shall not learn how short it is.
    private async ValueTask<bool> WaitOutGreetDelayAsync()
    {
        var from = services.Time.GetTimestamp();
        var what = await wire.WaitForInputAsync(_options.GreetDelay);
        session.SpokeEarly = what == WireEvent.Line;
        var left = _options.GreetDelay - services.Time.GetElapsedTime(from);
        if (what == WireEvent.Draining)
        {
            await CloseAsync(new Refusal(RefusalReason.ShuttingDown));
        }

        return what == WireEvent.TimedOut || (session.SpokeEarly && await wire.DelayAsync(left));
    }

    private async ValueTask NextCommandAsync()
    {
        var (what, line, consumed) = await wire.ReadLineAsync(_lineCap, services.IdleTimeout());
        switch (what)
        {
            case WireEvent.Line:
                var understood = SmtpCommand.TryParse(line, out var command);
                wire.Consume(consumed);
                if (services.IsShortOfResources())
                {
                    await CloseAsync(new Refusal(RefusalReason.Pressure));
                }
                else if (wire.IsDraining)
                {
                    await CloseAsync(new Refusal(RefusalReason.ShuttingDown));
                }
                else if (!understood)
                {
                    await ErrorAsync(Replies.For(new Refusal(RefusalReason.NotText)));
                }
                else
                {
                    await HandleAsync(command);
                }

                break;
            case WireEvent.LineTooLong:
                wire.Consume(consumed);
                if (await wire.SkipLineAsync(services.IdleTimeout()) is var rest and not WireEvent.Line)
                {
                    await EndAsync(rest);
                }
                else
                {
                    await ErrorAsync(Replies.For(new Refusal(RefusalReason.LineTooLong)));
                }

                break;
            case WireEvent.BareLineEnd:
                wire.Consume(consumed);
                await CloseAsync(new Refusal(RefusalReason.BareLineEnd));
                break;
            default:
                await EndAsync(what);
                break;
        }
    }

    private async ValueTask EndAsync(WireEvent what)
    {
        switch (what)
        {
            case WireEvent.TimedOut:
                await CloseAsync(new Refusal(RefusalReason.Idle));
                break;
            case WireEvent.Draining:
                await CloseAsync(new Refusal(RefusalReason.ShuttingDown));
                break;
            case WireEvent.Closed:
                _state = SessionState.Closed;
                break;
            default:
                throw new InvalidOperationException($"{what} does not end a session");
        }
    }

    private async ValueTask HandleAsync(SmtpCommand command)
    {
        if (SessionTable.Check(_state, command.Verb) is { } illegal)
        {
            await ErrorAsync(illegal);
            return;
        }

        if (command.Verb is SmtpVerb.Noop or SmtpVerb.Rset or SmtpVerb.Vrfy or SmtpVerb.Expn or SmtpVerb.Help or SmtpVerb.Helo or SmtpVerb.Ehlo
            && ++_idleCommands > _options.MaxIdleCommands)
        {
            await CloseAsync(new Refusal(RefusalReason.TooManyErrors));
            return;
        }

        switch (command.Verb)
        {
            case SmtpVerb.Helo:
            case SmtpVerb.Ehlo:
                await HelloAsync(command);
                break;
            case SmtpVerb.Mail:
                await MailAsync(command.Argument);
                break;
            case SmtpVerb.Rcpt:
                await RecipientsAsync(command);
                break;
            case SmtpVerb.Data:
                await DataAsync();
                break;
            case SmtpVerb.Rset:
                await ResetAsync();
                wire.Write(Replies.Ok);
                break;
            case SmtpVerb.StartTls:
                await StartTlsAsync(command.Argument);
                break;
            case SmtpVerb.Xclient:
                await XclientAsync(command.Argument);
                break;
            case SmtpVerb.Noop:
                wire.Write(Replies.Ok);
                break;
            case SmtpVerb.Vrfy:
                wire.Write(Replies.CannotVerify);
                break;
            case SmtpVerb.Expn:
                wire.Write(Replies.NoExpansion);
                break;
            case SmtpVerb.Help:
                wire.Write(Replies.Help);
                break;
            case SmtpVerb.Quit:
                wire.Write(Replies.Bye);
                await wire.FlushAsync();
                session.Summary.Outcome = "quit";
                _state = SessionState.Closed;
                break;
            default:
                throw new InvalidOperationException($"the session table lets {command.Verb} through, and nothing handles it");
        }
    }

    private async ValueTask HelloAsync(SmtpCommand command)
    {
        // RFC 2920, section 3.1: EHLO ends a group, since its answer says whether there may be groups.
        if (command.Verb == SmtpVerb.Ehlo && wire.HasInput())
        {
            await CloseAsync(new Refusal(RefusalReason.EarlyInput));
            return;
        }

        if (!HelloName.TryParse(command.Argument, out var name))
        {
            await ErrorAsync(Replies.BadHello);
            return;
        }

        session.Hello = name;
        session.IsExtended = command.Verb == SmtpVerb.Ehlo;
        if (await services.FirstRefusalAsync(h => h.HelloAsync(session)) is { } refusal)
        {
            await RefuseAsync(refusal);
            return;
        }

        await ResetAsync();
        _state = SessionState.Ready;
        wire.Write(session.IsExtended ? services.Extensions(session) : services.PlainHello);
    }

    private async ValueTask MailAsync(string argument)
    {
        var (end, answer) = await _mail.BeginAsync(argument);
        if (end is not null)
        {
            await CloseAsync(end);
        }
        else
        {
            await AnswerAsync(answer!, SessionState.Mail);
        }
    }

    // The recipients that came in one group are registered and held together, and passed on in one group.
    private async ValueTask RecipientsAsync(SmtpCommand first)
    {
        var arguments = new List<string> { first.Argument };
        while (arguments.Count < _options.MaxRecipients && TryTakeRecipient(out var argument))
        {
            arguments.Add(argument);
        }

        var (refusal, answers) = await _mail.RecipientsAsync(arguments);
        if (refusal is not null)
        {
            await CloseAsync(refusal);
            return;
        }

        if (session.Gone.IsCancellationRequested)
        {
            _state = SessionState.Closed;
            return;
        }

        foreach (var answer in answers)
        {
            // One of them may have been the last error allowed.
            if (_state != SessionState.Closed)
            {
                await AnswerAsync(answer, SessionState.Recipients);
            }
        }
    }

    private bool TryTakeRecipient(out string argument)
    {
        argument = "";
        if (!wire.TryReadLine(_lineCap, out var what, out var line, out var consumed))
        {
            return false;
        }

        if (what == WireEvent.Line && SmtpCommand.TryParse(line, out var command) && command.Verb == SmtpVerb.Rcpt)
        {
            wire.Consume(consumed);
            argument = command.Argument;
            return true;
        }

        wire.Consume(line.Start);
        return false;
    }

    private async ValueTask DataAsync()
    {
        // RFC 2920, section 3.1: DATA ends a group. Whatever is here before 354 was sent by somebody who does not read answers.
        var refusal = wire.HasInput() ? new Refusal(RefusalReason.EarlyInput) : await _mail.DataAsync();
        refusal ??= wire.HasInput() ? new Refusal(RefusalReason.EarlyInput) : null;
        if (refusal is not null)
        {
            await RefuseAsync(refusal);
            return;
        }

        wire.Write(Replies.StartText);
        if (!await wire.FlushAsync())
        {
            _state = SessionState.Closed;
            return;
        }

        var (end, answer) = await _mail.TextAsync();
        if (end is not null)
        {
            await CloseAsync(end);
        }
        else if (answer is null)
        {
            _state = SessionState.Closed;
        }
        else
        {
            wire.Write(answer);
            _state = SessionState.Ready;
            _idleCommands = 0;
            if ((!await wire.FlushAsync() || session.Gone.IsCancellationRequested) && answer.IsPositive)
            {
                // RFC 1047: the next hop has the message, the client does not know, and will send it again.
                services.Log.PossibleDuplicate(session.Id, session.Block.ToString(), session.Summary.NextHop);
            }
        }
    }

    private async ValueTask StartTlsAsync(string argument)
    {
        if (argument.Length > 0)
        {
            await ErrorAsync(Replies.BadArgument);
            return;
        }

        if (wire.HasInput())
        {
            await CloseAsync(new Refusal(RefusalReason.EarlyInput));
            return;
        }

        if (session.IsTls)
        {
            await ErrorAsync(Replies.TlsAlready);
            return;
        }

        if (services.Certificates.Current() is not { } tls)
        {
            wire.Write(Replies.For(new Refusal(RefusalReason.TlsUnavailable)));
            return;
        }

        wire.Write(Replies.ReadyForTls);
        await ResetAsync();
        session.Hello = null;
        _state = await wire.FlushAsync() && await wire.StartTlsAsync(tls, SmtpServices.HandshakeTimeout) ? SessionState.Connected : SessionState.Closed;
    }

    private async ValueTask XclientAsync(string argument)
    {
        if (!services.MayNameClients(session.Peer))
        {
            await ErrorAsync(Replies.NotAuthorized);
        }
        else if (!Xclient.TryParse(argument, out var facts))
        {
            await ErrorAsync(Replies.BadXclient);
        }
        else
        {
            NewClient = facts;
            _state = SessionState.Closed;
        }
    }

    private async ValueTask ResetAsync()
    {
        await _mail.ResetAsync();
        _state = _state == SessionState.Connected ? SessionState.Connected : SessionState.Ready;
    }

    private async ValueTask AnswerAsync(SmtpReply answer, SessionState onSuccess)
    {
        if (answer.IsPositive)
        {
            _state = onSuccess;
            wire.Write(answer);
        }
        else if (answer.Code is 500 or 501 or 503 or 555)
        {
            await ErrorAsync(answer);
        }
        else
        {
            wire.Write(answer);
        }
    }

    private async ValueTask ErrorAsync(SmtpReply reply)
    {
        wire.Write(reply);
        if (++_errors >= _options.MaxErrors)
        {
            await CloseAsync(new Refusal(RefusalReason.TooManyErrors));
        }
    }

    // The phase is refused: so is the transaction under way, and the session with it when the reason says so.
    private async ValueTask RefuseAsync(Refusal refusal)
    {
        if (Replies.Closes(refusal.Reason))
        {
            await CloseAsync(refusal);
            return;
        }

        session.Summary.Note(refusal);
        wire.Write(Replies.For(refusal));
        await ResetAsync();
    }

    private async ValueTask CloseAsync(Refusal refusal)
    {
        _state = SessionState.Closed;
        session.Summary.Note(refusal);
        session.Summary.Outcome = "refused";
        wire.Write(Replies.For(refusal));
        await wire.LingerAsync();
    }
}
