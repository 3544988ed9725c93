using System.Buffers;
using System.Text;
using ThrottleNet.MxNode.Postfix;
using ThrottleNet.Protocol.Postfix;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Answers Postfix's policy protocol (SMTPD_POLICY_README).</summary>
internal sealed class GuardConnectionHandler(GuardDesk desk, GuardLog log, TimeProvider time) : RequestHandler<PolicyRequest?>(time)
{
    protected override RequestStatus TryRead(ref ReadOnlySequence<byte> buffer, out PolicyRequest? request) => PolicyRequest.TryRead(ref buffer, out request) switch
    {
        PolicyStatus.NeedMore => RequestStatus.NeedMore,
        PolicyStatus.TooLong => RequestStatus.ReadLast,
        _ => RequestStatus.Read,
    };

    protected override async ValueTask AnswerAsync(PolicyRequest? request, IBufferWriter<byte> output, CancellationToken cancel)
    {
        var decision = await desk.DecideAsync(GuardQuestion.From(request), cancel);
        Encoding.ASCII.GetBytes($"action={desk.ReplyForPostfix(decision)}\n\n", output);
        if (request is not null)
        {
            log.Asked(decision.Block, request["sender"], request["recipient"]);
        }
    }

    protected override void Refused(int most) => log.TooManyConnections(most);
}
