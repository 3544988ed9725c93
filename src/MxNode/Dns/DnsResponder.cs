using System.Buffers.Binary;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// Turns the octets of a query into the octets of its answer. It answers queries only, never answers, so that no two servers can be
/// made to talk to each other. A malformed query with a whole header gets FORMERR; a shorter one gets no answer.
/// </summary>
internal sealed class DnsResponder(Func<DnsMessage, DnsMessage?> handler, ILogger logger)
{
    private const int HeaderLength = 12;

    /// <summary>The answer for a UDP client: at most as long as the client allows, and never longer than is safe from fragmentation.</summary>
    /// <returns>Octets written; 0 for no answer.</returns>
    public int AnswerByUdp(ReadOnlySpan<byte> query, Span<byte> answer) =>
        Answer(query, answer, request => request.Edns is null
            ? DnsMessage.MinUdpLength
            : Math.Clamp((int)request.Edns.UdpSize, DnsMessage.MinUdpLength, DnsEdns.SafeUdpSize));

    /// <summary>The answer for a TCP client, without the length that precedes it on the wire.</summary>
    /// <returns>Octets written; 0 for no answer.</returns>
    public int AnswerByTcp(ReadOnlySpan<byte> query, Span<byte> answer) => Answer(query, answer, _ => DnsMessage.MaxLength);

    private int Answer(ReadOnlySpan<byte> query, Span<byte> answer, Func<DnsMessage, int> limit)
    {
        if (query.Length < HeaderLength || (query[2] & 0x80) != 0)
        {
            return 0;
        }

        if (!DnsMessage.TryParse(query, out var request))
        {
            return WriteFormatError(query, answer);
        }

        answer = answer[..Math.Min(answer.Length, limit(request!))];
        try
        {
            return Respond(request!) is { } response ? Write(query, request!, response, answer) : 0;
        }
        catch (Exception e)
        {
            logger.HandlerFailed(e);
            return Write(query, request!, request!.Reply(DnsResponseCode.ServerFailure), answer);
        }
    }

    private DnsMessage? Respond(DnsMessage request) => request switch
    {
        { Opcode: not 0 } => request.Reply(DnsResponseCode.NotImplemented) with { Questions = [] },
        { Questions.Length: not 1 } => request.Reply(DnsResponseCode.FormatError) with { Questions = [] },
        { Edns.Version: > 0 } => request.Reply(DnsResponseCode.BadVersion),
        _ => handler(request),
    };

    private static int Write(ReadOnlySpan<byte> query, DnsMessage request, DnsMessage response, Span<byte> answer)
    {
        var length = response.Write(answer);
        if (response.Questions is [var question] && question == request.Questions[0])
        {
            // Copy the client's spelling: some clients mix upper and lower case at random and compare it (RFC 4343, section 4.1).
            // The first name of a message is never compressed, and the same name in the answer has the same length.
            var end = HeaderLength;
            while (query[end] != 0)
            {
                end += 1 + query[end];
            }

            query[HeaderLength..end].CopyTo(answer[HeaderLength..]);
        }

        return length;
    }

    /// <summary>Writes a header alone, with the query's id, opcode and RD.</summary>
    private static int WriteFormatError(ReadOnlySpan<byte> query, Span<byte> answer)
    {
        answer[..HeaderLength].Clear();
        query[..2].CopyTo(answer);
        answer[2] = (byte)(0x80 | (query[2] & 0x79));
        answer[3] = (byte)DnsResponseCode.FormatError;
        return HeaderLength;
    }
}
