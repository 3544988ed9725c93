using System.Buffers;
using System.Text;
using ThrottleNet.MxNode.Postfix;
using ThrottleNet.Protocol.Postfix;

namespace ThrottleNet.MxNode.Direct;

/// <summary>Answers the socketmap protocol (socketmap_table(5)): requests and answers are netstrings. Anything else ends the connection.</summary>
internal sealed class DirectConnectionHandler(DirectMap map, DirectLog log, TimeProvider time) : RequestHandler<string>(time)
{
    /// <summary>Octets of a request: a map's name, and a key that is an address at most.</summary>
    private const int MaxRequest = 1000;

    protected override RequestStatus TryRead(ref ReadOnlySequence<byte> buffer, out string request)
    {
        var status = Netstring.TryRead(ref buffer, MaxRequest, out var content);
        request = status == NetstringStatus.Read ? Encoding.UTF8.GetString(content) : "";
        return status switch
        {
            NetstringStatus.NeedMore => RequestStatus.NeedMore,
            NetstringStatus.Read => RequestStatus.Read,
            _ => RequestStatus.Malformed,
        };
    }

    protected override async ValueTask AnswerAsync(string request, IBufferWriter<byte> output, CancellationToken cancel)
    {
        var answer = await map.AnswerAsync(request, cancel);
        Netstring.Write(output, answer);
        log.Answered(request, answer);
    }

    protected override void Refused(int most) => log.TooManyConnections(most);
}
