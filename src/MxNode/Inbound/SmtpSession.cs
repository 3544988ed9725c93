using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The server's side of SMTP with one client: greeting, then command by command. <see cref="SessionTable"/> decides whether a command
/// may come now, <see cref="SmtpDialogue"/> keeps the state; <see cref="OpeningCommands"/>, <see cref="EnvelopeCommands"/> and
/// <see cref="TextCommands"/> carry the commands out.
/// </summary>
internal sealed class SmtpSession
{
    private readonly SmtpWire _wire;
    private readonly Session _session;
    private readonly InboundContext _context;
    private readonly Greeter _greeter;
    private readonly HookChain _hooks;
    private readonly MailTransactions _mail;
    private readonly SmtpDialogue _dialogue;
    private readonly OpeningCommands _opening;
    private readonly EnvelopeCommands _envelope;
    private readonly TextCommands _text;
    private readonly int _lineCap;

    public SmtpSession(SmtpWire wire, Session session, InboundContext context, Greeter greeter, HookChain hooks, MailTransactions mail)
    {
        _wire = wire;
        _session = session;
        _context = context;
        _greeter = greeter;
        _hooks = hooks;
        _mail = mail;
        _lineCap = greeter.MayNameClients(session.Peer) ? SmtpLimits.XclientCommandLine : SmtpLimits.CommandLine;
        _dialogue = new SmtpDialogue(wire, session, context.Smtp, mail);
        _opening = new OpeningCommands(wire, session, _dialogue, greeter, hooks);
        _envelope = new EnvelopeCommands(wire, _dialogue, mail, _lineCap, context.Smtp.MaxRecipients);
        _text = new TextCommands(wire, session, _dialogue, mail, context.Log);
    }

    /// <summary>The client that XCLIENT has named, when that ended the session: the connection begins anew with its greeting (Postfix XCLIENT_README).</summary>
    public XclientFacts? NewClient => _opening.NewClient;

    /// <summary>Runs the session to its end.</summary>
    /// <param name="greetDelay">False where none is due, such as after XCLIENT.</param>
    public async Task RunAsync(bool greetDelay)
    {
        try
        {
            if (await GreetAsync(greetDelay))
            {
                while (!_dialogue.IsOver)
                {
                    await NextCommandAsync();
                }
            }
        }
        finally
        {
            await _mail.ResetAsync();
            _hooks.Notify(h => h.Disconnected());
        }
    }

    private async ValueTask<bool> GreetAsync(bool delay)
    {
        using var phase = NodeTracing.Phase("greet");
        if (await _hooks.AskAsync(h => h.ConnectAsync()) is { Kind: not StepKind.Continue } refused)
        {
            await _dialogue.EndAsync(refused);
            return false;
        }

        if (delay && !_session.IsTrusted && _context.Smtp.GreetDelay > TimeSpan.Zero && !await WaitOutGreetDelayAsync())
        {
            return false;
        }

        if (await _hooks.AskAsync(h => h.GreetAsync()) is { Kind: not StepKind.Continue } refusal)
        {
            await _dialogue.EndAsync(refusal);
            return false;
        }

        _wire.Write(_greeter.Greeting);
        return true;
    }

    // An early talker is answered at the end of the delay, so that it does not learn how short the delay is.
    private async ValueTask<bool> WaitOutGreetDelayAsync()
    {
        var from = _context.Time.GetTimestamp();
        var what = await _wire.WaitForInputAsync(_context.Smtp.GreetDelay);
        _session.SpokeEarly = what == WireEvent.Line;
        var left = _context.Smtp.GreetDelay - _context.Time.GetElapsedTime(from);
        if (what == WireEvent.Draining)
        {
            await _dialogue.EndAsync(Step.End(RefusalReason.ShuttingDown));
        }

        return what == WireEvent.TimedOut || (_session.SpokeEarly && await _wire.DelayAsync(left));
    }

    private async ValueTask NextCommandAsync()
    {
        var (what, line, consumed) = await _wire.ReadLineAsync(_lineCap, _context.Limits.IdleTimeout);
        switch (what)
        {
            case WireEvent.Line:
                var understood = SmtpCommand.TryParse(line, out var command);
                _wire.Consume(consumed);
                if (_context.Limits.IsShortOfResources)
                {
                    await _dialogue.EndAsync(Step.End(RefusalReason.Pressure));
                }
                else if (_wire.IsDraining)
                {
                    await _dialogue.EndAsync(Step.End(RefusalReason.ShuttingDown));
                }
                else if (!understood)
                {
                    await _dialogue.ErrorAsync(Replies.For(RefusalReason.NotText));
                }
                else
                {
                    await HandleAsync(command);
                }

                break;
            case WireEvent.LineTooLong:
                _wire.Consume(consumed);
                if (await _wire.SkipLineAsync(_context.Limits.IdleTimeout) is var rest and not WireEvent.Line)
                {
                    await _dialogue.EndAsync(rest);
                }
                else
                {
                    await _dialogue.ErrorAsync(Replies.For(RefusalReason.LineTooLong));
                }

                break;
            case WireEvent.BareLineEnd:
                _wire.Consume(consumed);
                await _dialogue.EndAsync(Step.End(RefusalReason.BareCommandEnd));
                break;
            default:
                await _dialogue.EndAsync(what);
                break;
        }
    }

    private async ValueTask HandleAsync(SmtpCommand command)
    {
        var illegal = SessionTable.Check(_dialogue.State, command.Verb);
        if (command.Verb == SmtpVerb.Bdat)
        {
            await _text.BdatAsync(command.Argument, illegal);
            return;
        }

        if (illegal is not null && _envelope.FollowsRefusal(_dialogue.State, command.Verb))
        {
            _wire.Write(illegal);
            return;
        }

        if (command.UnknownLine is { } line && await _hooks.AskAsync(h => h.UnknownAsync(line)) is { Kind: not StepKind.Continue } refusal)
        {
            if (refusal.Kind == StepKind.End)
            {
                await _dialogue.EndAsync(refusal);
            }
            else
            {
                await _dialogue.ErrorAsync(refusal.Reply!);
            }

            return;
        }

        if (illegal is not null)
        {
            await _dialogue.ErrorAsync(illegal);
            return;
        }

        if (command.Verb is SmtpVerb.Noop or SmtpVerb.Rset or SmtpVerb.Vrfy or SmtpVerb.Expn or SmtpVerb.Help or SmtpVerb.Helo or SmtpVerb.Ehlo
            && !await _dialogue.CountIdleAsync())
        {
            return;
        }

        switch (command.Verb)
        {
            case SmtpVerb.Helo:
            case SmtpVerb.Ehlo:
                await _opening.HelloAsync(command);
                break;
            case SmtpVerb.Mail:
                await _envelope.MailAsync(command.Argument);
                break;
            case SmtpVerb.Rcpt:
                await _envelope.RecipientsAsync(command);
                break;
            case SmtpVerb.Data:
                await _text.DataAsync();
                break;
            case SmtpVerb.Rset:
                await _dialogue.ResetAsync();
                _wire.Write(Replies.Ok);
                break;
            case SmtpVerb.StartTls:
                await _opening.StartTlsAsync(command.Argument);
                break;
            case SmtpVerb.Xclient:
                await _opening.XclientAsync(command.Argument);
                break;
            case SmtpVerb.Noop:
                _wire.Write(Replies.Ok);
                break;
            case SmtpVerb.Vrfy:
                _wire.Write(Replies.CannotVerify);
                break;
            case SmtpVerb.Expn:
                _wire.Write(Replies.NoExpansion);
                break;
            case SmtpVerb.Help:
                _wire.Write(Replies.Help);
                break;
            case SmtpVerb.Quit:
                _wire.Write(Replies.Bye);
                await _wire.FlushAsync();
                _session.Summary.Outcome = "quit";
                _dialogue.Close();
                break;
            default:
                throw new InvalidOperationException($"the session table lets {command.Verb} through, and nothing handles it");
        }
    }
}
