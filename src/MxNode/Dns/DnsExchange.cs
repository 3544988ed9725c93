using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// One question to one server: by UDP, and by TCP when the answer was cut. Whoever wants to slip in an answer of his own
/// has to guess the id, from a cryptographic source, and the port, which the kernel picks at random for each new socket
/// (RFC 5452, section 9); the socket is connected, so it hears that server only.
/// </summary>
internal static class DnsExchange
{
    /// <summary>More than any honest server sends, as 1,232 octets were asked for.</summary>
    private const int MaxDatagram = 4096;

    /// <returns>The server's answer, whatever it says.</returns>
    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="IOException">It hung up, or sent nonsense by TCP.</exception>
    public static async Task<DnsMessage> AskAsync(IPEndPoint server, DnsQuestion question, bool edns, CancellationToken cancel)
    {
        var query = new DnsMessage
        {
            Id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1),
            RecursionDesired = true,
            Questions = [question],
            Edns = edns ? new DnsEdns(DnsEdns.SafeUdpSize) : null,
        };
        var answer = await AskByUdpAsync(server, query, cancel);
        return answer.IsTruncated ? await AskByTcpAsync(server, query, cancel) : answer;
    }

    private static async Task<DnsMessage> AskByUdpAsync(IPEndPoint server, DnsMessage query, CancellationToken cancel)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        var buffer = ArrayPool<byte>.Shared.Rent(MaxDatagram);
        try
        {
            await socket.ConnectAsync(server, cancel);
            await socket.SendAsync(buffer.AsMemory(0, query.Write(buffer)), cancel);
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, cancel);
                if (DnsMessage.TryParse(buffer.AsSpan(0, length), out var answer) && IsAnswer(query, answer!))
                {
                    return answer!;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<DnsMessage> AskByTcpAsync(IPEndPoint server, DnsMessage query, CancellationToken cancel)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancel);
        await using var stream = new NetworkStream(socket);
        var buffer = ArrayPool<byte>.Shared.Rent(DnsMessage.MaxLength);
        try
        {
            var length = query.Write(buffer.AsSpan(sizeof(ushort)));
            BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)length);
            await stream.WriteAsync(buffer.AsMemory(0, sizeof(ushort) + length), cancel);

            await stream.ReadExactlyAsync(buffer.AsMemory(0, sizeof(ushort)), cancel);
            length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
            await stream.ReadExactlyAsync(buffer.AsMemory(0, length), cancel);
            return DnsMessage.TryParse(buffer.AsSpan(0, length), out var answer) && IsAnswer(query, answer!)
                ? answer!
                : throw new IOException("what came by TCP is not the answer");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Some servers leave the question out of an error, above all those to whom EDNS is malformed (RFC 6891, section 7).</summary>
    private static bool IsAnswer(DnsMessage query, DnsMessage answer) =>
        answer.IsResponse
        && answer.Id == query.Id
        && answer.Opcode == query.Opcode
        && (answer.Questions.IsEmpty
            ? answer.ResponseCode is not (DnsResponseCode.NoError or DnsResponseCode.NameError)
            : answer.Questions.Length == 1 && answer.Questions[0] == query.Questions[0]);
}
