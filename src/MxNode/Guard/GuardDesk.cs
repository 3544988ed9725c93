using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Answers a mail server's questions, whatever protocol they came by: judges, counts, logs.</summary>
internal sealed class GuardDesk(GuardJudge judge, GuardReplies replies, GuardTally tally, ISightings sightings, NodeMetrics metrics, GuardLog log)
{
    /// <summary>Decides and counts. It does not throw: a fault of the guard's own defers the mail.</summary>
    /// <param name="question">Null: the request was no question.</param>
    /// <param name="cancel">Cancels the question to the relays.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<GuardDecision> DecideAsync(GuardQuestion? question, CancellationToken cancel)
    {
        var decision = await JudgeAsync(question, cancel);
        var answer = GuardReplies.NameOf(decision.Reason);
        tally.Count(decision);
        if (decision is { Reason: GuardReason.Courtesy, Address: { } stranger })
        {
            sightings.Report(stranger);
        }

        metrics.GuardAnswered(answer);
        log.Answered(decision.Block, answer, decision.Reason);
        return decision;
    }

    /// <inheritdoc cref="GuardReplies.ForPostfix"/>
    public string ReplyForPostfix(GuardDecision decision) => replies.ForPostfix(decision);

    /// <inheritdoc cref="GuardReplies.For"/>
    public GuardReply? ReplyFor(GuardDecision decision) => replies.For(decision);

    // Without an answer Postfix would ask again, and then defer by a text of its own.
    private async ValueTask<GuardDecision> JudgeAsync(GuardQuestion? question, CancellationToken cancel)
    {
        try
        {
            return await judge.JudgeAsync(question, cancel);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
        {
            log.Failed(e);
            return new GuardDecision(GuardReason.Unsure, question?.Address);
        }
    }
}
