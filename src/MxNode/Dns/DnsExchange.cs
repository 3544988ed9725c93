using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>
/// One question to one server. A forger has to guess the query's id, which comes from a cryptographic source; its port, which the
/// kernel picks at random for each new socket (RFC 5452, section 9); and the case of each letter of the name, where the server
/// copies it. The socket is connected, so it receives from that server's address only.
/// </summary>
internal static class DnsExchange
{
    /// <summary>Octets. An honest server sends less, because the query asks for at most 1,232.</summary>
    private const int MaxDatagram = 4096;

    /// <summary>Octets: header, id to counts (RFC 1035, section 4.1.1).</summary>
    private const int HeaderLength = 12;

    /// <param name="server">The server.</param>
    /// <param name="question">The question.</param>
    /// <param name="transport">How it is asked.</param>
    /// <param name="wantsAd">Asks the server to say whether it has validated the answer by DNSSEC (RFC 6840, section 5.7).</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <returns>The server's answer, whatever its response code is.</returns>
    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="IOException">The server closed the TCP connection, or sent something by TCP that is not the answer.</exception>
    public static async Task<DnsMessage> AskAsync(DnsUpstream server, DnsQuestion question, DnsTransport transport, bool wantsAd, CancellationToken cancel)
    {
        var query = new DnsMessage
        {
            Id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1),
            RecursionDesired = true,
            IsAuthentic = wantsAd,
            Questions = [question],
            Edns = transport == DnsTransport.UdpWithEdns ? new DnsEdns(DnsEdns.SafeUdpSize) : null,
        };
        if (transport == DnsTransport.PlainTcp)
        {
            return await AskByTcpAsync(server, query, cancel);
        }

        return await AskByUdpAsync(server, query, cancel) is { IsTruncated: false } answer ? answer : await AskByTcpAsync(server, query, cancel);
    }

    /// <returns>The answer; null when it is damaged, so that only TCP can bring it.</returns>
    private static async Task<DnsMessage?> AskByUdpAsync(DnsUpstream server, DnsMessage query, CancellationToken cancel)
    {
        using var socket = new Socket(server.EndPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        var sent = new byte[DnsMessage.MinUdpLength];
        sent = sent[..query.Write(sent)];
        QuestionCase.Mix(sent, RandomNumberGenerator.GetBytes(DnsName.MaxWireLength));
        var buffer = ArrayPool<byte>.Shared.Rent(MaxDatagram);
        try
        {
            await socket.ConnectAsync(server.EndPoint, cancel);
            await socket.SendAsync(sent, cancel);
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, cancel);
                if (!DnsMessage.TryParse(buffer.AsSpan(0, length), out var answer))
                {
                    if (IsDamaged(buffer.AsSpan(0, length), query.Id))
                    {
                        return null;
                    }
                }
                else if (IsAnswer(query, answer!) && (answer!.Questions.IsEmpty || server.Accepts(QuestionCase.IsSame(sent, buffer.AsSpan(0, length)))))
                {
                    return answer;
                }
            }
        }
        catch (OperationCanceledException)
        {
            server.NoteSilence();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<DnsMessage> AskByTcpAsync(DnsUpstream server, DnsMessage query, CancellationToken cancel)
    {
        using var socket = new Socket(server.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.EndPoint, cancel);
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
            return DnsMessage.TryParse(buffer.AsSpan(0, length), out var answer) && IsAnswer(query, answer!) && !answer!.IsTruncated
                ? answer
                : throw new IOException("the server's message over TCP is not the answer to the query");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Whether a datagram that cannot be parsed is the answer's beginning: some middleboxes cut answers without setting TC.</summary>
    private static bool IsDamaged(ReadOnlySpan<byte> octets, ushort id) =>
        octets.Length >= HeaderLength && BinaryPrimitives.ReadUInt16BigEndian(octets) == id && (octets[2] & 0x80) != 0;

    /// <summary>Some servers leave the question out of an error, above all those to which EDNS is malformed (RFC 6891, section 7).</summary>
    private static bool IsAnswer(DnsMessage query, DnsMessage answer) =>
        answer.IsResponse
        && answer.Id == query.Id
        && answer.Opcode == query.Opcode
        && (answer.Questions.IsEmpty
            ? answer.ResponseCode is not (DnsResponseCode.NoError or DnsResponseCode.NameError)
            : answer.Questions.Length == 1 && answer.Questions[0] == query.Questions[0]);
}
