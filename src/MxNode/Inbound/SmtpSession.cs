using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The server's side of SMTP with one client: greeting, then command by command. <see cref="SessionTable"/> decides whether a command
/// may come now, <see cref="MailTransactions"/> what a mail transaction does.
/// </summary>
internal sealed class SmtpSession(SmtpWire wire, Session session, InboundContext context, Greeter greeter, HookChain hooks, MailTransactions mail)
{
    private readonly SmtpOptions _options = context.Smtp;
    private readonly int _lineCap = greeter.MayNameClients(session.Peer) ? SmtpLimits.XclientCommandLine : SmtpLimits.CommandLine;
    private SessionState _state = SessionState.Connected;
    private int _errors;
    private int _idleCommands;
    private bool _hasRefusedRecipients;

    /// <summary>The client that XCLIENT has named, when that ended the session: the connection begins anew with its greeting (Postfix XCLIENT_README).</summary>
    public XclientFacts? NewClient { get; private set; }

    /// <summary>Runs the session to its end.</summary>
    /// <param name="greetDelay">False where none is due, such as after XCLIENT.</param>
    public async Task RunAsync(bool greetDelay)
    {
        try
        {
            if (await GreetAsync(greetDelay))
            {
                while (_state != SessionState.Closed)
                {
                    await NextCommandAsync();
                }
            }
        }
        finally
        {
            await mail.ResetAsync();
            hooks.Notify(h => h.Disconnected());
        }
    }

    private async ValueTask<bool> GreetAsync(bool delay)
    {
        if (await hooks.AskAsync(h => h.ConnectAsync()) is { Kind: not StepKind.Continue } refused)
        {
            await EndAsync(refused);
            return false;
        }

        if (delay && !session.IsTrusted && _options.GreetDelay > TimeSpan.Zero && !await WaitOutGreetDelayAsync())
        {
            return false;
        }

        if (await hooks.AskAsync(h => h.GreetAsync()) is { Kind: not StepKind.Continue } refusal)
        {
            await EndAsync(refusal);
            return false;
        }

        wire.Write(greeter.Greeting);
        return true;
    }

    // An early talker is answered at the end of the delay, so that it does not learn how short the delay is.
    private async ValueTask<bool> WaitOutGreetDelayAsync()
    {
        var from = context.Time.GetTimestamp();
        var what = await wire.WaitForInputAsync(_options.GreetDelay);
        session.SpokeEarly = what == WireEvent.Line;
        var left = _options.GreetDelay - context.Time.GetElapsedTime(from);
        if (what == WireEvent.Draining)
        {
            await EndAsync(Step.End(RefusalReason.ShuttingDown));
        }

        return what == WireEvent.TimedOut || (session.SpokeEarly && await wire.DelayAsync(left));
    }

    private async ValueTask NextCommandAsync()
    {
        var (what, line, consumed) = await wire.ReadLineAsync(_lineCap, context.Limits.IdleTimeout);
        switch (what)
        {
            case WireEvent.Line:
                var understood = SmtpCommand.TryParse(line, out var command);
                wire.Consume(consumed);
                if (context.Limits.IsShortOfResources)
                {
                    await EndAsync(Step.End(RefusalReason.Pressure));
                }
                else if (wire.IsDraining)
                {
                    await EndAsync(Step.End(RefusalReason.ShuttingDown));
                }
                else if (!understood)
                {
                    await ErrorAsync(Replies.For(RefusalReason.NotText));
                }
                else
                {
                    await HandleAsync(command);
                }

                break;
            case WireEvent.LineTooLong:
                wire.Consume(consumed);
                if (await wire.SkipLineAsync(context.Limits.IdleTimeout) is var rest and not WireEvent.Line)
                {
                    await EndAsync(rest);
                }
                else
                {
                    await ErrorAsync(Replies.For(RefusalReason.LineTooLong));
                }

                break;
            case WireEvent.BareLineEnd:
                wire.Consume(consumed);
                await EndAsync(Step.End(RefusalReason.BareCommandEnd));
                break;
            default:
                await EndAsync(what);
                break;
        }
    }

    private async ValueTask HandleAsync(SmtpCommand command)
    {
        var illegal = SessionTable.Check(_state, command.Verb);
        if (command.Verb == SmtpVerb.Bdat)
        {
            await BdatAsync(command.Argument, illegal);
            return;
        }

        // A client that pipelines DATA behind recipients who are then refused has made no error (RFC 2920, section 3.1).
        if (illegal is not null && _state == SessionState.Mail && command.Verb == SmtpVerb.Data && _hasRefusedRecipients)
        {
            wire.Write(illegal);
            return;
        }

        if (illegal is not null)
        {
            await ErrorAsync(illegal);
            return;
        }

        if (command.Verb is SmtpVerb.Noop or SmtpVerb.Rset or SmtpVerb.Vrfy or SmtpVerb.Expn or SmtpVerb.Help or SmtpVerb.Helo or SmtpVerb.Ehlo
            && !await CountIdleAsync())
        {
            return;
        }

        switch (command.Verb)
        {
            case SmtpVerb.Helo:
            case SmtpVerb.Ehlo:
                await HelloAsync(command);
                break;
            case SmtpVerb.Mail:
                _hasRefusedRecipients = false;
                await AnswerAsync(await mail.BeginAsync(command.Argument), SessionState.Mail);
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
        // RFC 2920, section 3.1: EHLO ends a group, since its reply says whether there may be groups.
        if (command.Verb == SmtpVerb.Ehlo && wire.HasInput())
        {
            await EndAsync(Step.End(RefusalReason.EarlyInput));
            return;
        }

        if (!HelloName.TryParse(command.Argument, out var name))
        {
            await ErrorAsync(Replies.BadHello);
            return;
        }

        session.Hello = name;
        session.IsExtended = command.Verb == SmtpVerb.Ehlo;
        if (await hooks.AskAsync(h => h.HelloAsync()) is { Kind: not StepKind.Continue } refusal)
        {
            await RefuseAsync(refusal);
            return;
        }

        await ResetAsync();
        _state = SessionState.Ready;
        wire.Write(session.IsExtended ? greeter.Extensions(session) : greeter.PlainHello);
    }

    // The recipients that came in one group are registered and held together, and passed on in one group.
    private async ValueTask RecipientsAsync(SmtpCommand first)
    {
        var arguments = new List<string> { first.Argument };
        while (arguments.Count < _options.MaxRecipients && TryTakeRecipient(out var argument))
        {
            arguments.Add(argument);
        }

        var (step, answers) = await mail.RecipientsAsync(arguments);
        if (step.Kind == StepKind.End)
        {
            await EndAsync(step);
            return;
        }

        foreach (var answer in answers)
        {
            // One of them may have been the last error allowed.
            if (_state != SessionState.Closed)
            {
                _hasRefusedRecipients |= answer.Reply is { IsPositive: false };
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
        // RFC 2920, section 3.1: DATA ends a group. What has arrived before 354 was sent by a client that does not read replies.
        var step = wire.HasInput() ? Step.Refuse(RefusalReason.EarlyInput) : await mail.DataAsync();
        if (step.Kind == StepKind.Continue && wire.HasInput())
        {
            step = Step.Refuse(RefusalReason.EarlyInput);
        }

        if (step.Kind != StepKind.Continue)
        {
            await RefuseAsync(step);
            return;
        }

        wire.Write(Replies.StartText);
        if (!await wire.FlushAsync())
        {
            _state = SessionState.Closed;
            return;
        }

        await FinishAsync(await mail.TextAsync());
    }

    // The octets of a chunk are consumed in every case, or they would be taken for commands (RFC 3030, section 2).
    private async ValueTask BdatAsync(string argument, SmtpReply? illegal)
    {
        if (!BdatArgument.TryParse(argument, out var chunk))
        {
            await EndAsync(Step.End(RefusalReason.BadChunk));
            return;
        }

        if (illegal is not null)
        {
            // Chunks that were sent ahead of a refusal are no errors.
            if (!await mail.SkipChunkAsync(chunk))
            {
                await EndAsync(Step.Gone);
            }
            else if (await CountIdleAsync())
            {
                wire.Write(illegal);
            }

            return;
        }

        var step = await mail.ChunkAsync(chunk);
        if (step.Kind == StepKind.Continue)
        {
            _state = SessionState.Chunks;
            wire.Write(Replies.ChunkTaken);
            return;
        }

        await FinishAsync(step);
    }

    private async ValueTask FinishAsync(Step step)
    {
        if (step.Kind == StepKind.End)
        {
            await EndAsync(step);
            return;
        }

        // A client that closes after it has read the reply has not missed it.
        var wasGone = session.Gone.IsCancellationRequested;
        Note(step);
        wire.Write(step.Reply!);
        _state = SessionState.Ready;
        _idleCommands = 0;
        if ((!await wire.FlushAsync() || wasGone) && step.Reply!.IsPositive)
        {
            // RFC 1047: the next hop has the message, the client does not know, and will send it again.
            context.Log.PossibleDuplicate(session.Id, session.Block.ToString(), session.Summary.NextHop);
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
            await EndAsync(Step.End(RefusalReason.EarlyInput));
            return;
        }

        if (session.IsTls)
        {
            await ErrorAsync(Replies.TlsAlready);
            return;
        }

        if (greeter.Certificates.Current() is not { } tls)
        {
            wire.Write(Replies.For(RefusalReason.TlsUnavailable));
            return;
        }

        wire.Write(Replies.ReadyForTls);
        await ResetAsync();
        session.Hello = null;
        _state = await wire.FlushAsync() && await wire.StartTlsAsync(tls) ? SessionState.Connected : SessionState.Closed;
    }

    private async ValueTask XclientAsync(string argument)
    {
        if (!greeter.MayNameClients(session.Peer))
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
        await mail.ResetAsync();
        _state = _state == SessionState.Connected ? SessionState.Connected : SessionState.Ready;
    }

    // Commands between two messages that bring no mail nearer. False: they were too many, and the session is over.
    private async ValueTask<bool> CountIdleAsync()
    {
        if (++_idleCommands <= _options.MaxIdleCommands)
        {
            return true;
        }

        await EndAsync(Step.End(RefusalReason.TooManyErrors));
        return false;
    }

    private async ValueTask AnswerAsync(Step step, SessionState onSuccess)
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
        _state = answer.IsPositive ? onSuccess : _state;
        wire.Write(answer);
    }

    private async ValueTask ErrorAsync(SmtpReply reply)
    {
        wire.Write(reply);
        if (++_errors >= _options.MaxErrors)
        {
            await EndAsync(Step.End(RefusalReason.TooManyErrors));
        }
    }

    // A refused phase ends the transaction under way.
    private async ValueTask RefuseAsync(Step step)
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

    private ValueTask EndAsync(WireEvent what) => what switch
    {
        WireEvent.TimedOut => EndAsync(Step.End(RefusalReason.Idle)),
        WireEvent.Draining => EndAsync(Step.End(RefusalReason.ShuttingDown)),
        WireEvent.Closed => EndAsync(Step.Gone),
        _ => throw new InvalidOperationException($"{what} does not end a session"),
    };

    private async ValueTask EndAsync(Step step)
    {
        _state = SessionState.Closed;
        if (step.Reply is not { } reply)
        {
            return;
        }

        Note(step);
        session.Summary.Outcome = "refused";
        wire.Write(reply);
        await wire.LingerAsync();
    }

    private void Note(Step step)
    {
        if (step is { Reason: { } reason, Reply: { } reply })
        {
            session.Summary.Note(reply, reason);
        }
    }
}
