using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Dns;

/// <summary>Servers behind middleboxes that drop or damage answers, and servers that are forged.</summary>
public sealed class DnsFallbackTests : IDisposable
{
    private static readonly AddressRecord Host = new("example.com", 300, IPAddress.Parse("192.0.2.1"));

    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _buffer = new byte[512];

    // An address of its own: TCP connections of other tests, whose ports are by chance, do not have it.
    public DnsFallbackTests() => _udp.Bind(new IPEndPoint(IPAddress.Parse("127.0.53.1"), 0));

    public void Dispose() => _udp.Dispose();

    [Fact]
    public async Task When_queries_with_EDNS_are_dropped_the_last_attempt_and_later_queries_are_sent_without()
    {
        var zone = new StaticZone("", Host);
        await using var server = new DnsTestServer(query => query.Edns is null ? zone.Answer(query) : null);
        await using var resolver = new ResolverFixture(server.Address);

        var asking = resolver.AskAsync("example.com", DnsType.A);
        await server.NextQueryAsync();
        resolver.Clock.Advance(resolver.Options.Timeout);

        Assert.Equal<DnsRecord>([Host], (await asking).Records);
        Assert.Equal(DnsStatus.NoData, (await resolver.AskAsync("example.com", DnsType.Aaaa)).Status);
        Assert.Equal([true, false, false], server.Asked.Select(query => query.Edns is not null));

        resolver.Clock.Advance(DnsUpstream.MemoryTime);
        asking = resolver.AskAsync("example.com", DnsType.Txt);
        await server.NextQueryAsync();
        await server.NextQueryAsync();
        await server.NextQueryAsync();
        resolver.Clock.Advance(resolver.Options.Timeout);
        Assert.Equal(DnsStatus.NoData, (await asking).Status);
        Assert.Equal([true, false, false, true, false], server.Asked.Select(query => query.Edns is not null));
    }

    [Fact]
    public async Task When_UDP_is_blocked_the_query_and_later_ones_are_sent_by_TCP()
    {
        await using var tcp = DnsTestServer.With(Host);
        var endPoint = IPEndPoint.Parse(tcp.Address);
        var clock = new FakeTimeProvider();
        var upstream = new DnsUpstream(endPoint, clock);
        var answer = await DnsExchange.AskAsync(upstream, new DnsQuestion("example.com", DnsType.A), DnsTransport.PlainTcp, wantsAd: false, default);
        Assert.Equal<DnsRecord>([Host], answer.Answers);

        // Silent by UDP only: the datagram socket of this test, and a TCP listener at the same port.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(_udp.LocalEndPoint!);
        listener.Listen();
        await using var resolver = new ResolverFixture(new DnsOptions { Servers = [_udp.LocalEndPoint!.ToString()!], Attempts = 2 });
        var asking = resolver.AskAsync("example.com", DnsType.A);
        for (var i = 0; i < 2; i++)
        {
            await ReceiveAsync();
            resolver.Clock.Advance(resolver.Options.Timeout);
        }

        await ServeByTcpAsync(listener);
        Assert.Equal<DnsRecord>([Host], (await asking).Records);

        asking = resolver.AskAsync("example.com", DnsType.Aaaa);
        await ServeByTcpAsync(listener);
        Assert.Equal(DnsStatus.NoData, (await asking).Status);
        Assert.Equal(0, _udp.Available);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(44)]
    public async Task A_UDP_answer_that_was_cut_short_without_TC_is_fetched_by_TCP_at_once(int length)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(_udp.LocalEndPoint!);
        listener.Listen();
        await using var resolver = new ResolverFixture(_udp.LocalEndPoint!.ToString()!);

        var asking = resolver.AskAsync("example.com", DnsType.A);
        var (query, client) = await ReceiveAsync();
        var reply = query.Reply(DnsResponseCode.NoError) with { Answers = [Host], Edns = null };
        Assert.True(reply.Write(_buffer) > length);
        _udp.SendTo(_buffer.AsSpan(0, length), client);

        await ServeByTcpAsync(listener);
        Assert.Equal<DnsRecord>([Host], (await asking).Records);
    }

    [Fact]
    public async Task An_answer_in_another_spelling_is_not_taken_from_a_server_that_copies_the_spelling()
    {
        await using var resolver = new ResolverFixture(_udp.LocalEndPoint!.ToString()!);
        var forged = Host with { Address = IPAddress.Parse("203.0.113.66") };

        var asking = resolver.AskAsync("abcdefghijklmnopqrstuvwxyz.example.com", DnsType.Txt);
        await AnswerAsync(sameCase: true, DnsResponseCode.NameError);
        Assert.Equal(DnsStatus.NameError, (await asking).Status);

        // 37 letters: one query in 137,438,953,472 is all lower case by chance.
        asking = resolver.AskAsync("abcdefghijklmnopqrstuvwxyz.example.com", DnsType.A);
        var (query, client) = await ReceiveAsync();
        var question = _buffer.AsSpan(12, 40).ToArray();
        Assert.Contains(question, octet => char.IsAsciiLetterUpper((char)octet));
        Assert.Contains(question, octet => char.IsAsciiLetterLower((char)octet));
        var genuine = query.Reply(DnsResponseCode.NoError) with { Answers = [Host with { Name = query.Questions[0].Name }] };
        Send(genuine with { Answers = [forged with { Name = query.Questions[0].Name }] }, client, spelling: null);
        Send(genuine, client, question);
        Assert.Equal(Host.Address, Assert.IsType<AddressRecord>(Assert.Single((await asking).Records)).Address);
    }

    [Fact]
    public async Task A_server_that_never_copies_the_spelling_is_accepted()
    {
        await using var resolver = new ResolverFixture(_udp.LocalEndPoint!.ToString()!);
        foreach (var name in new[] { "one.abcdefghijklmnop.example", "two.abcdefghijklmnop.example" })
        {
            var asking = resolver.AskAsync(name, DnsType.A);
            await AnswerAsync(sameCase: false, DnsResponseCode.NameError);
            Assert.Equal(DnsStatus.NameError, (await asking).Status);
        }
    }

    [Fact]
    public void A_server_that_stops_copying_the_spelling_is_accepted_after_a_query_without_any_other_answer()
    {
        var server = new DnsUpstream(new IPEndPoint(IPAddress.Loopback, 53), new FakeTimeProvider());
        Assert.True(server.Accepts(isSameCase: true));
        server.NoteSilence();
        Assert.False(server.Accepts(isSameCase: false));
        Assert.False(server.Accepts(isSameCase: false));
        server.NoteSilence();
        Assert.True(server.Accepts(isSameCase: false));
        Assert.True(server.Accepts(isSameCase: true));
        Assert.False(server.Accepts(isSameCase: false));
    }

    [Theory]
    [InlineData(DnsType.A)]
    [InlineData(DnsType.Aaaa)]
    public async Task Once_one_address_family_is_found_the_other_has_a_short_time(DnsType silent)
    {
        DnsRecord[] records = [Host, new AddressRecord("example.com", 300, IPAddress.Parse("2001:db8::1"))];
        var zone = new StaticZone("", records);
        await using var server = new DnsTestServer(query => query.Questions[0].Type == silent ? null : zone.Answer(query));
        var clock = new FakeTimeProvider();
        await using var resolver = new DnsResolver(
            new DnsOptions { Servers = [server.Address] }, clock, NullLogger<DnsResolver>.Instance);

        await resolver.QueryAsync("example.com", silent == DnsType.A ? DnsType.Aaaa : DnsType.A, default);
        var asking = resolver.QueryBothFamiliesAsync("example.com", clock, default).AsTask();
        clock.Advance(AddressLookup.OtherFamilyPatience - TimeSpan.FromMilliseconds(1));
        Assert.False(asking.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        var (v4, v6) = await asking.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(silent == DnsType.A ? DnsStatus.Failure : DnsStatus.Success, v4.Status);
        Assert.Equal(silent == DnsType.Aaaa ? DnsStatus.Failure : DnsStatus.Success, v6.Status);
    }

    private async Task<(DnsMessage Query, EndPoint Client)> ReceiveAsync()
    {
        var received = await _udp.ReceiveFromAsync(_buffer, new IPEndPoint(IPAddress.Any, 0)).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(DnsMessage.TryParse(_buffer.AsSpan(0, received.ReceivedBytes), out var query));
        return (query!, received.RemoteEndPoint);
    }

    private async Task AnswerAsync(bool sameCase, DnsResponseCode code)
    {
        var (query, client) = await ReceiveAsync();
        Send(query.Reply(code), client, sameCase ? _buffer.AsSpan(12, query.Questions[0].Name.Length + 2).ToArray() : null);
    }

    private void Send(DnsMessage message, EndPoint client, byte[]? spelling)
    {
        var octets = new byte[512];
        var length = message.Write(octets);
        spelling?.CopyTo(octets, 12);
        _udp.SendTo(octets.AsSpan(0, length), client);
    }

    private static async Task ServeByTcpAsync(Socket listener)
    {
        using var connection = await listener.AcceptAsync().WaitAsync(TimeSpan.FromSeconds(60));
        await using var stream = new NetworkStream(connection);
        var buffer = new byte[1024];
        await stream.ReadExactlyAsync(buffer.AsMemory(0, 2)).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        var query = buffer.AsMemory(2, buffer[1]);
        await stream.ReadExactlyAsync(query).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(DnsMessage.TryParse(query.Span, out var parsed));
        var length = new StaticZone("", Host).Answer(parsed!).Write(buffer.AsSpan(2));
        (buffer[0], buffer[1]) = (0, (byte)length);
        await stream.WriteAsync(buffer.AsMemory(0, 2 + length));
    }
}
