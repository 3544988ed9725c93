using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Dns;

public sealed class DnsListenerTests
{
    private static IPEndPoint AnyPort => new(IPAddress.Loopback, 0);

    private static DnsMessage Query => new() { Id = 99, Questions = [new DnsQuestion("example.com", DnsType.Txt)] };

    [Theory]
    [InlineData(null, 512)]
    [InlineData(100, 512)]
    [InlineData(800, 800)]
    [InlineData(1232, 1232)]
    [InlineData(4096, 1232)]
    public async Task An_answer_by_UDP_is_cut_to_what_the_client_takes_and_never_longer_than_is_safe(int? udpSize, int limit)
    {
        await using var listener = Start(Long);
        using var client = Udp(listener);

        var octets = await AskAsync(client, Query with { Edns = udpSize is { } size ? new DnsEdns((ushort)size) : null });

        Assert.InRange(octets.Length, limit - 120, limit);
        Assert.True(DnsMessage.TryParse(octets, out var answer));
        Assert.True(answer!.IsTruncated);
        Assert.Equal(udpSize is null, answer.Edns is null);
    }

    [Fact]
    public async Task By_TCP_the_answer_is_whole_and_one_connection_serves_many_queries()
    {
        await using var listener = Start(Long);
        await using var client = await TcpAsync(listener);

        // All queries at once, the last one octet by octet.
        var message = Framed(Query);
        await client.WriteAsync(message);
        await client.WriteAsync(message);
        foreach (var octet in message)
        {
            await client.WriteAsync(new[] { octet });
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.True(DnsMessage.TryParse(await ReadFrameAsync(client), out var answer));
            Assert.False(answer!.IsTruncated);
            Assert.Equal(100, answer.Answers.Length);
        }
    }

    [Fact]
    public async Task The_question_comes_back_in_the_clients_spelling()
    {
        await using var listener = Start(new StaticZone("example.com", new TxtRecord("example.com", 1, "x")).Answer);
        using var client = Udp(listener);
        var query = Octets(Query);
        "eXaMpLe"u8.CopyTo(query.AsSpan(13));

        var octets = await AskAsync(client, query);

        Assert.Equal("eXaMpLe", Encoding.ASCII.GetString(octets, 13, 7));
        Assert.True(DnsMessage.TryParse(octets, out var answer));
        Assert.Single(answer!.Answers);
    }

    [Fact]
    public async Task A_malformed_query_gets_an_error_or_no_answer_and_service_goes_on()
    {
        await using var listener = Start(query => query.Reply(DnsResponseCode.NoError));
        using var client = Udp(listener);

        // The server does not answer a datagram without a header, or an answer. The next answer belongs to the next query.
        await client.SendAsync(Array.Empty<byte>());
        await client.SendAsync(new byte[11]);
        await client.SendAsync(Octets(Query with { IsResponse = true }));

        Assert.Equal(DnsResponseCode.FormatError, await CodeAsync(Octets(Query)[..^1]));
        Assert.Equal(DnsResponseCode.FormatError, await CodeAsync([0, 99, .. Enumerable.Repeat((byte)0x7f, 500)]));
        Assert.Equal(DnsResponseCode.FormatError, await CodeAsync(Octets(Query with { Questions = [] })));
        Assert.Equal(DnsResponseCode.FormatError, await CodeAsync(Octets(Query with { Questions = [Query.Questions[0], Query.Questions[0]] })));
        Assert.Equal(DnsResponseCode.NotImplemented, await CodeAsync(Octets(Query with { Opcode = 5 })));
        Assert.Equal(DnsResponseCode.BadVersion, await CodeAsync(Octets(Query with { Edns = new DnsEdns(1232, 1) })));
        Assert.Equal(DnsResponseCode.NoError, await CodeAsync(Octets(Query)));

        async Task<DnsResponseCode> CodeAsync(byte[] query)
        {
            Assert.True(DnsMessage.TryParse(await AskAsync(client, query), out var answer));
            Assert.True(answer!.IsResponse);
            Assert.Equal(99, answer.Id);
            return answer.ResponseCode;
        }
    }

    [Fact]
    public async Task Random_octets_do_not_end_the_service()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var listener = Start(query => query.Reply(DnsResponseCode.NoError));
        using var noise = Udp(listener);
        for (var i = 0; i < 500; i++)
        {
            var octets = new byte[random.Next(2000)];
            random.NextBytes(octets);
            await noise.SendAsync(octets);
            if (i % 50 == 0)
            {
                await using var tcp = await TcpAsync(listener);
                await tcp.WriteAsync(octets);
            }
        }

        await using var client = await TcpAsync(listener);
        await client.WriteAsync(Framed(Query));
        Assert.True(DnsMessage.TryParse(await ReadFrameAsync(client), out var byTcp), $"seed {seed}");
        using var udp = Udp(listener);
        Assert.True(DnsMessage.TryParse(await AskAsync(udp, Query), out var byUdp), $"seed {seed}");
        Assert.Equal(byTcp!.ResponseCode, byUdp!.ResponseCode);
    }

    [Fact]
    public async Task A_handler_that_throws_or_answers_nonsense_causes_SERVFAIL()
    {
        var calls = 0;
        await using var listener = Start(query => calls++ == 0
            ? throw new InvalidOperationException("broken")
            : query.Reply(DnsResponseCode.NoError) with { Answers = [new NsRecord("a..b", 1, "")] });
        using var client = Udp(listener);

        for (var i = 0; i < 2; i++)
        {
            Assert.True(DnsMessage.TryParse(await AskAsync(client, Query), out var answer));
            Assert.Equal(DnsResponseCode.ServerFailure, answer!.ResponseCode);
            Assert.Empty(answer.Answers);
        }
    }

    [Fact]
    public async Task A_TCP_client_that_does_nothing_is_closed()
    {
        var clock = new FakeTimeProvider();
        await using var listener = DnsListener.Start(AnyPort, Long, clock);
        await using var idle = await TcpAsync(listener);
        await using var slow = await TcpAsync(listener);
        await slow.WriteAsync(new byte[] { 0 });
        await using var served = await TcpAsync(listener);
        await served.WriteAsync(Framed(Query));
        await ReadFrameAsync(served);

        // One event for each connection, and one for the connection that was served again. The event follows the answer, so it may come only now.
        await clock.UntilSetAsync(4);
        clock.Advance(DnsTcpServer.IdleTime);

        foreach (var client in new[] { idle, slow, served })
        {
            await AssertClosedAsync(client);
        }
    }

    [Fact]
    public async Task A_TCP_query_over_the_limit_is_not_read()
    {
        await using var listener = Start(Long);
        await using var client = await TcpAsync(listener);

        await client.WriteAsync(new byte[] { 0xff, 0xff });

        await AssertClosedAsync(client);
    }

    [Fact]
    public async Task Three_hundred_slow_clients_do_not_delay_an_honest_one()
    {
        await using var listener = Start(Long);
        var slow = new List<NetworkStream>();
        for (var i = 0; i < 300; i++)
        {
            slow.Add(await TcpAsync(listener));
            await slow[i].WriteAsync(new byte[] { 0 });
        }

        await using var honest = await TcpAsync(listener);
        await honest.WriteAsync(Framed(Query));
        Assert.NotEmpty(await ReadFrameAsync(honest));

        // The clock does not advance, so only new clients can have closed the oldest connection.
        foreach (var client in slow.Take(300 - DnsTcpServer.MaxConnections + 1))
        {
            await AssertClosedAsync(client);
        }

        foreach (var client in slow)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_newcomer_takes_the_place_of_the_client_with_the_most_connections_and_of_its_longest_silent_one()
    {
        await using var listener = Start(Long);
        await using var single = await TcpAsync(listener, "127.0.0.2");
        await single.WriteAsync(Framed(Query));
        await ReadFrameAsync(single);
        var greedy = new List<NetworkStream>();
        for (var i = 0; i < DnsTcpServer.MaxConnections - 1; i++)
        {
            greedy.Add(await TcpAsync(listener));
            await greedy[i].WriteAsync(Framed(Query));
            await ReadFrameAsync(greedy[i]);
        }

        // The first connection is served again, so the second one is now silent for longest.
        await greedy[0].WriteAsync(Framed(Query));
        await ReadFrameAsync(greedy[0]);
        await using var late = await TcpAsync(listener, "127.0.0.3");
        await late.WriteAsync(Framed(Query));
        Assert.NotEmpty(await ReadFrameAsync(late));
        await AssertClosedAsync(greedy[1]);
        foreach (var client in new[] { single, greedy[0], greedy[2] })
        {
            await client.WriteAsync(Framed(Query));
            Assert.NotEmpty(await ReadFrameAsync(client));
        }

        foreach (var client in greedy)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task Disposal_closes_what_is_open_and_frees_the_port()
    {
        var listener = Start(Long);
        await using var client = await TcpAsync(listener);
        await client.WriteAsync(Framed(Query));
        await ReadFrameAsync(client);

        Assert.Throws<SocketException>(() => DnsListener.Start(listener.EndPoint, Long));
        await listener.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        await AssertClosedAsync(client);
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(listener.EndPoint);
    }

    [Fact]
    public async Task IPv6_is_served_too()
    {
        await using var listener = DnsListener.Start(new IPEndPoint(IPAddress.IPv6Loopback, 0), Long);
        using var client = Udp(listener);

        Assert.NotEmpty(await AskAsync(client, Query));
    }

    /// <summary>Over 10,000 octets.</summary>
    private static DnsMessage Long(DnsMessage query) => query.Reply(DnsResponseCode.NoError) with
    {
        Answers = [.. Enumerable.Range(0, 100).Select(i => new TxtRecord("example.com", 60, $"{i} {new string('x', 97)}"))],
    };

    /// <summary>The clock does not advance, so a slow machine closes no connection.</summary>
    private static DnsListener Start(Func<DnsMessage, DnsMessage?> handler) => DnsListener.Start(AnyPort, handler, new FakeTimeProvider());

    private static Socket Udp(DnsListener listener)
    {
        var socket = new Socket(listener.EndPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(listener.EndPoint);
        return socket;
    }

    private static async Task<NetworkStream> TcpAsync(DnsListener listener, string? from = null)
    {
        var socket = new Socket(listener.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (from is not null)
        {
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        }

        await socket.ConnectAsync(listener.EndPoint);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static byte[] Octets(DnsMessage message)
    {
        var buffer = new byte[512];
        return buffer[..message.Write(buffer)];
    }

    private static byte[] Framed(DnsMessage message)
    {
        var octets = Octets(message);
        return [0, (byte)octets.Length, .. octets];
    }

    private static Task<byte[]> AskAsync(Socket client, DnsMessage query) => AskAsync(client, Octets(query));

    private static async Task<byte[]> AskAsync(Socket client, byte[] query)
    {
        await client.SendAsync(query);
        var buffer = new byte[4096];
        return buffer[..await client.ReceiveAsync(buffer.AsMemory()).AsTask().WaitAsync(TimeSpan.FromSeconds(60))];
    }

    private static async Task<byte[]> ReadFrameAsync(NetworkStream client)
    {
        var head = new byte[2];
        await client.ReadExactlyAsync(head).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        var octets = new byte[BinaryPrimitives.ReadUInt16BigEndian(head)];
        await client.ReadExactlyAsync(octets).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        return octets;
    }

    private static async Task AssertClosedAsync(NetworkStream client)
    {
        try
        {
            Assert.Equal(0, await client.ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
        }
        catch (IOException e)
        {
            Assert.IsType<SocketException>(e.InnerException); // reset: it was closed with input unread
        }
    }
}
