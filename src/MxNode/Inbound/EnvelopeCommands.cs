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
    /// <summary>A recipient of the transaction under way was refused.</summary>
    public bool HasRefusedRecipients { get; private set; }

    public async ValueTask MailAsync(string argument)
    {
        HasRefusedRecipients = false;
        await dialogue.AnswerAsync(await mail.BeginAsync(argument), SessionState.Mail);
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
                HasRefusedRecipients |= answer.Reply is { IsPositive: false };
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
