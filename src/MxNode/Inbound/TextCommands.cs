using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>The commands that bring a message's text: DATA (RFC 5321, section 4.1.1.4) and BDAT (RFC 3030).</summary>
internal sealed class TextCommands(SmtpWire wire, Session session, SmtpDialogue dialogue, MailTransactions mail, InboundLog log)
{
    public async ValueTask DataAsync()
    {
        // RFC 2920, section 3.1: DATA ends a group. What has arrived before 354 was sent by a client that does not read replies.
        var step = wire.HasInput() ? Step.Refuse(RefusalReason.EarlyInput) : await mail.DataAsync();
        if (step.Kind == StepKind.Continue && wire.HasInput())
        {
            step = Step.Refuse(RefusalReason.EarlyInput);
        }

        if (step.Kind != StepKind.Continue)
        {
            await dialogue.RefuseAsync(step);
            return;
        }

        wire.Write(Replies.StartText);
        if (!await wire.FlushAsync())
        {
            dialogue.Close();
            return;
        }

        session.OwesReply = true;
        await FinishAsync(await mail.TextAsync());
    }

    /// <summary>Takes a chunk. Its octets are consumed in every case, or they would be taken for commands (RFC 3030, section 2).</summary>
    /// <param name="argument">Of the command.</param>
    /// <param name="illegal">The refusal where the command may not come now; else null.</param>
    public async ValueTask BdatAsync(string argument, SmtpReply? illegal)
    {
        if (!BdatArgument.TryParse(argument, out var chunk))
        {
            await dialogue.EndAsync(Step.End(RefusalReason.BadChunk));
            return;
        }

        if (illegal is not null)
        {
            // Chunks that were sent ahead of a refusal are no errors.
            if (!await mail.SkipChunkAsync(chunk))
            {
                await dialogue.EndAsync(Step.Gone);
            }
            else if (await dialogue.CountIdleAsync())
            {
                wire.Write(illegal);
            }

            return;
        }

        session.OwesReply = true;
        var step = await mail.ChunkAsync(chunk);
        if (step.Kind == StepKind.Continue)
        {
            session.OwesReply = false;
            dialogue.Enter(SessionState.Chunks);
            wire.Write(Replies.ChunkTaken);
            return;
        }

        await FinishAsync(step);
    }

    // The whole text was answered, and the transaction is over.
    private async ValueTask FinishAsync(Step step)
    {
        if (step.Kind == StepKind.End)
        {
            await dialogue.EndAsync(step);
            return;
        }

        // A client that closes after it has read the reply has not missed it.
        var wasGone = session.Gone.IsCancellationRequested;
        dialogue.Note(step);
        wire.Write(step.Reply!);
        dialogue.NoteMessage();
        var sent = await wire.FlushAsync();
        session.OwesReply = false;
        if ((!sent || wasGone) && step.Reply!.IsPositive)
        {
            // RFC 1047: the next hop has the message, the client does not know, and will send it again.
            log.PossibleDuplicate(session.Id, session.Block.ToString(), session.Summary.NextHop);
        }
    }
}
