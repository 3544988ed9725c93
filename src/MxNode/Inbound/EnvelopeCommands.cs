using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>The commands that build an envelope: MAIL, and RCPT in groups (RFC 2920).</summary>
/// <param name="wire">The client's connection.</param>
/// <param name="dialogue">Takes the replies.</param>
/// <param name="mail">Takes the envelope.</param>
/// <param name="lineCap">Octets of a command line.</param>
/// <param name="maxRecipients">Recipients taken in one group.</param>
internal sealed class EnvelopeCommands(SmtpWire wire, SmtpDialogue dialogue, MailTransactions mail, int lineCap, int maxRecipients)
{
    private int _expectedRecipients;
    private bool _isDataExpected;

    public async ValueTask MailAsync(string argument)
    {
        var step = await mail.BeginAsync(argument);
        var isRefused = step is { Kind: StepKind.Answer, Reply.IsPositive: false };
        (_expectedRecipients, _isDataExpected) = (isRefused ? maxRecipients : 0, isRefused);
        if (!isRefused || step.Reason == RefusalReason.Syntax || await dialogue.CountIdleAsync())
        {
            await dialogue.AnswerAsync(step, SessionState.Mail);
        }
    }

    /// <summary>
    /// Whether a command may not come now only because MAIL or all RCPT before it were refused. A client that sends a group of commands has
    /// sent it before it read those replies (RFC 2920, section 3.1), so it has made no error. DATA ends a group, so one is expected.
    /// </summary>
    /// <param name="state">The state in which the command is illegal.</param>
    /// <param name="verb">The command.</param>
    public bool FollowsRefusal(SessionState state, SmtpVerb verb)
    {
        switch (verb)
        {
            case SmtpVerb.Rcpt when state == SessionState.Ready && _expectedRecipients > 0:
                _expectedRecipients--;
                return true;
            case SmtpVerb.Data when state is SessionState.Ready or SessionState.Mail && _isDataExpected:
                (_expectedRecipients, _isDataExpected) = (0, false);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The recipients that came in one group are registered and held together, and passed on in one group.</summary>
    public async ValueTask RecipientsAsync(SmtpCommand first)
    {
        var arguments = new List<string> { first.Argument };
        while (arguments.Count < maxRecipients && TryTakeRecipient(out var argument))
        {
            arguments.Add(argument);
        }

        var (step, answers) = await mail.RecipientsAsync(arguments);
        if (step.Kind == StepKind.End)
        {
            await dialogue.EndAsync(step);
            return;
        }

        foreach (var answer in answers)
        {
            // One of them may have been the last error allowed.
            if (!dialogue.IsOver)
            {
                _isDataExpected |= answer.Reply is { IsPositive: false };
                await dialogue.AnswerAsync(answer, SessionState.Recipients);
            }
        }
    }

    private bool TryTakeRecipient(out string argument)
    {
        argument = "";
        if (!wire.TryReadLine(lineCap, out var what, out var line, out var consumed))
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
}
