using System.Buffers;
using System.Text;
using ThrottleNet.MxNode.Postfix;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Postfix;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Postfix's policy protocol (SMTPD_POLICY_README): the guard's door.</summary>
internal sealed class GuardConnectionHandler(GuardJudge judge, GuardReplies replies, GuardTally tally, NodeMetrics metrics, GuardLog log, TimeProvider time)
    : RequestHandler<PolicyRequest?>(time)
{
    protected override RequestStatus TryRead(ref ReadOnlySequence<byte> buffer, out PolicyRequest? request) => PolicyRequest.TryRead(ref buffer, out request) switch
    {
        PolicyStatus.NeedMore => RequestStatus.NeedMore,
        PolicyStatus.TooLong => RequestStatus.ReadLast,
        _ => RequestStatus.Read,
    };

    protected override async ValueTask AnswerAsync(PolicyRequest? request, IBufferWriter<byte> output, CancellationToken cancel)
    {
        var decision = await JudgeAsync(request, cancel);
        Encoding.ASCII.GetBytes($"action={replies.For(decision.Reason)}\n\n", output);
        var answer = GuardReplies.NameOf(decision.Reason);
        tally.Count(decision);
        metrics.GuardAnswered(answer);
        log.Answered(decision.Block, answer, decision.Reason);
        if (request is not null)
        {
            log.Asked(decision.Block, request["sender"], request["recipient"]);
        }
    }

    protected override void Refused(int most) => log.TooManyConnections(most);

    // Without an answer Postfix would ask again, and then say its own 451.
    private async ValueTask<GuardDecision> JudgeAsync(PolicyRequest? request, CancellationToken cancel)
    {
        try
        {
            return await judge.JudgeAsync(request, cancel);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
        {
            log.Failed(e);
            return new GuardDecision(GuardReason.Unsure, null);
        }
    }
}
