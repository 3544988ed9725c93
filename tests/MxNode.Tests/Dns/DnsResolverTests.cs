using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Dns;

public sealed class DnsResolverTests
{
    private static MxRecord Mail => new("example.com", 300, 10, "mail.example.com");

    [Theory]
    [InlineData(DnsType.A)]
    [InlineData(DnsType.Aaaa)]
    [InlineData(DnsType.Mx)]
    [InlineData(DnsType.Txt)]
    [InlineData(DnsType.Ptr)]
    public async Task Records_of_the_asked_kind_are_found(DnsType type)
    {
        DnsRecord[] records =
        [
            new AddressRecord("example.com", 300, IPAddress.Parse("192.0.2.1")),
            new AddressRecord("example.com", 300, IPAddress.Parse("192.0.2.2")),
            new AddressRecord("example.com", 300, IPAddress.Parse("2001:db8::1")),
            Mail,
            new TxtRecord("example.com", 300, "v=spf1 -all"),
            new PtrRecord("example.com", 300, "host.example.com"),
        ];
        await using var server = DnsTestServer.With(records);
        await using var resolver = new ResolverFixture(server.Address);

        var answer = await resolver.AskAsync("example.com", type);

        Assert.Equal(DnsStatus.Success, answer.Status);
        Assert.Equal<DnsRecord>(records.Where(record => record.Type == type), answer.Records);
        Assert.True(server.Asked.Single() is { RecursionDesired: true, Edns.UdpSize: 1232 });
    }

    [Fact]
    public async Task A_missing_name_and_a_name_without_such_records_give_different_answers()
    {
        await using var server = DnsTestServer.With(Mail);
        await using var resolver = new ResolverFixture(server.Address);

        Assert.Equal(DnsAnswer.NameError, await resolver.AskAsync("nobody.example", DnsType.Mx));
        Assert.Equal(DnsAnswer.NoData, await resolver.AskAsync("example.com", DnsType.A));
    }

    [Fact]
    public async Task Case_and_a_final_dot_do_not_matter()
    {
        await using var server = DnsTestServer.With(Mail);
        await using var resolver = new ResolverFixture(server.Address);

        Assert.Equal<DnsRecord>([Mail], (await resolver.AskAsync("Example.COM.", DnsType.Mx)).Records);
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData("two words")]
    [InlineData("bücher.example")]
    public async Task A_malformed_name_does_not_exist_and_no_server_is_asked(string name)
    {
        await using var server = DnsTestServer.With(Mail);
        await using var resolver = new ResolverFixture(server.Address);

        Assert.Equal(DnsAnswer.NameError, await resolver.AskAsync(name, DnsType.Mx));
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task A_truncated_answer_is_fetched_by_TCP()
    {
        DnsRecord[] records = [.. Enumerable.Range(0, 200).Select(i => new TxtRecord("example.com", 300, $"{i} {new string('x', 200)}"))];
        await using var server = DnsTestServer.With(records);
        await using var resolver = new ResolverFixture(server.Address);

        var answer = await resolver.AskAsync("example.com", DnsType.Txt);

        Assert.Equal<DnsRecord>(records, answer.Records);
        Assert.Equal(2, server.Asked.Count);
        Assert.Single(server.Asked.Select(query => query.Id).Distinct());
    }

    [Fact]
    public async Task A_datagram_that_is_not_the_answer_does_not_end_the_wait()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var resolver = new ResolverFixture(server.LocalEndPoint!.ToString()!);
        var forged = new AddressRecord("example.com", 300, IPAddress.Parse("203.0.113.66"));

        var asking = resolver.AskAsync("example.com", DnsType.A);
        var buffer = new byte[512];
        var client = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0)).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(DnsMessage.TryParse(buffer.AsSpan(0, client.ReceivedBytes), out var query));
        var reply = query!.Reply(DnsResponseCode.NoError) with { Answers = [forged] };
        Send(reply with { Id = (ushort)(query.Id + 1) });
        Send(reply with { IsResponse = false });
        Send(reply with { Opcode = 4 });
        Send(reply with { Questions = [new DnsQuestion("example.org", DnsType.A)] });
        Send(reply with { Questions = [new DnsQuestion("example.com", DnsType.Aaaa)] });
        Send(reply with { Questions = [new DnsQuestion("example.com", DnsType.A, 3)] });
        Send(reply with { Questions = [.. query.Questions, .. query.Questions] });
        Send(reply with { Questions = [] });
        server.SendTo([], client.RemoteEndPoint);
        server.SendTo([1, 2, 3], client.RemoteEndPoint);
        Send(reply with { Answers = [forged with { Address = IPAddress.Parse("192.0.2.1") }] });

        Assert.Equal<DnsRecord>([forged with { Address = IPAddress.Parse("192.0.2.1") }], (await asking).Records);

        void Send(DnsMessage message) => server.SendTo(buffer.AsSpan(0, message.Write(buffer)), client.RemoteEndPoint);
    }

    [Fact]
    public async Task Each_query_has_its_own_id_and_port()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var resolver = new ResolverFixture(server.LocalEndPoint!.ToString()!);
        var ids = new HashSet<ushort>();
        var ports = new HashSet<int>();
        var buffer = new byte[512];
        for (var i = 0; i < 20; i++)
        {
            var asking = resolver.AskAsync($"h{i}.example.com", DnsType.A);
            var client = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0)).WaitAsync(TimeSpan.FromSeconds(60));
            Assert.True(DnsMessage.TryParse(buffer.AsSpan(0, client.ReceivedBytes), out var query));
            ids.Add(query!.Id);
            ports.Add(((IPEndPoint)client.RemoteEndPoint).Port);
            server.SendTo(buffer.AsSpan(0, query.Reply(DnsResponseCode.NameError).Write(buffer)), client.RemoteEndPoint);
            await asking;
        }

        // A few collisions are possible. That all are equal has a probability under 1 in 10^60.
        Assert.True(ids.Count > 10, $"{ids.Count} ids in 20 queries");
        Assert.True(ports.Count > 10, $"{ports.Count} ports in 20 queries");
    }

    [Fact]
    public async Task When_the_first_server_is_silent_the_second_is_asked_and_from_then_on_first()
    {
        await using var silent = DnsTestServer.Silent();
        await using var server = DnsTestServer.With(Mail);
        await using var resolver = new ResolverFixture(silent.Address, server.Address);

        var asking = resolver.AskAsync("example.com", DnsType.Mx);
        await silent.NextQueryAsync();
        resolver.Clock.Advance(resolver.Options.Timeout);

        Assert.Equal<DnsRecord>([Mail], (await asking).Records);
        Assert.Equal(DnsStatus.NoData, (await resolver.AskAsync("example.com", DnsType.A)).Status);
        Assert.Single(silent.Asked);
        Assert.Equal(2, server.Asked.Count);
    }

    [Theory]
    [InlineData(DnsResponseCode.ServerFailure)]
    [InlineData(DnsResponseCode.Refused)]
    public async Task After_an_error_the_next_server_is_asked(DnsResponseCode code)
    {
        await using var failing = new DnsTestServer(query => query.Reply(code));
        await using var server = DnsTestServer.With(Mail);
        await using var resolver = new ResolverFixture(failing.Address, server.Address);

        Assert.Equal<DnsRecord>([Mail], (await resolver.AskAsync("example.com", DnsType.Mx)).Records);
        Assert.Single(failing.Asked);
    }

    [Fact]
    public async Task A_server_that_only_answers_with_a_referral_is_skipped()
    {
        await using var lame = new DnsTestServer(query =>
            query.Reply(DnsResponseCode.NoError) with { Authorities = [new NsRecord("com", 300, "a.gtld.example")] });
        await using var server = DnsTestServer.With(Mail);
        await using var resolver = new ResolverFixture(lame.Address, server.Address);

        Assert.Equal<DnsRecord>([Mail], (await resolver.AskAsync("example.com", DnsType.Mx)).Records);
    }

    [Fact]
    public async Task A_closed_port_is_skipped_at_once()
    {
        await using var closed = DnsTestServer.Silent();
        await closed.DisposeAsync();
        await using var server = DnsTestServer.With(Mail);
        await using var resolver = new ResolverFixture(closed.Address, server.Address);

        Assert.Equal<DnsRecord>([Mail], (await resolver.AskAsync("example.com", DnsType.Mx)).Records);
    }

    [Theory]
    [InlineData(DnsResponseCode.FormatError, true)]
    [InlineData(DnsResponseCode.FormatError, false)]
    [InlineData(DnsResponseCode.NotImplemented, false)]
    public async Task A_server_that_does_not_know_EDNS_is_asked_without(DnsResponseCode code, bool withQuestion)
    {
        var zone = new StaticZone("", Mail);
        await using var server = new DnsTestServer(query => query.Edns is null
            ? zone.Answer(query)
            : query.Reply(code) with { Edns = null, Questions = withQuestion ? query.Questions : [] });
        await using var resolver = new ResolverFixture(server.Address);

        Assert.Equal<DnsRecord>([Mail], (await resolver.AskAsync("example.com", DnsType.Mx)).Records);
        Assert.Equal([true, false], server.Asked.Select(query => query.Edns is not null));
    }

    [Fact]
    public async Task When_all_servers_are_silent_the_query_fails_after_all_attempts()
    {
        await using var first = DnsTestServer.Silent();
        await using var second = DnsTestServer.Silent();
        await using var resolver = new ResolverFixture(first.Address, second.Address);

        var asking = resolver.AskAsync("example.com", DnsType.Mx);
        foreach (var server in new[] { first, second, first, second, first, second })
        {
            await server.NextQueryAsync();
            Assert.False(asking.IsCompleted);
            resolver.Clock.Advance(resolver.Options.Timeout);
        }

        Assert.Equal(DnsAnswer.Failure, await asking);
        Assert.Equal([true, false, false], first.Asked.Select(query => query.Edns is not null)); // the last attempt is by TCP
        Assert.Equal([true, false, false], second.Asked.Select(query => query.Edns is not null));
    }

    [Fact]
    public async Task The_deadline_ends_all_attempts()
    {
        await using var server = DnsTestServer.Silent();
        await using var resolver = new ResolverFixture(new DnsOptions
        {
            Servers = [server.Address],
            Timeout = TimeSpan.FromSeconds(2),
            Attempts = 5,
            Deadline = TimeSpan.FromSeconds(3),
        });

        var asking = resolver.AskAsync("example.com", DnsType.Mx);
        await server.NextQueryAsync();
        resolver.Clock.Advance(TimeSpan.FromSeconds(2));
        await server.NextQueryAsync();
        resolver.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(DnsAnswer.Failure, await asking);
        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task An_answer_by_TCP_that_never_comes_is_given_up_in_time()
    {
        using var tcpOnly = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        tcpOnly.Bind(udp.LocalEndPoint!);
        tcpOnly.Listen();
        await using var resolver = new ResolverFixture(new DnsOptions { Servers = [udp.LocalEndPoint!.ToString()!], Attempts = 1 });

        var asking = resolver.AskAsync("example.com", DnsType.Mx);
        var buffer = new byte[512];
        var client = await udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0)).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(DnsMessage.TryParse(buffer.AsSpan(0, client.ReceivedBytes), out var query));
        var reply = query!.Reply(DnsResponseCode.NoError) with { IsTruncated = true };
        udp.SendTo(buffer.AsSpan(0, reply.Write(buffer)), client.RemoteEndPoint);
        using var connection = await tcpOnly.AcceptAsync().WaitAsync(TimeSpan.FromSeconds(60));
        resolver.Clock.Advance(resolver.Options.Timeout);
        using var last = await tcpOnly.AcceptAsync().WaitAsync(TimeSpan.FromSeconds(60)); // the attempt that uses TCP only
        resolver.Clock.Advance(resolver.Options.Timeout);

        Assert.Equal(DnsAnswer.Failure, await asking);
    }

    [Fact]
    public async Task Nonsense_by_TCP_is_a_failure()
    {
        var answers = 0;
        await using var liar = new DnsTestServer(query => query.Reply(DnsResponseCode.NoError) with
        {
            IsTruncated = true,
            Id = (ushort)(query.Id + (Interlocked.Increment(ref answers) % 2 == 0 ? 1 : 0)),
        });
        await using var resolver = new ResolverFixture(liar.Address);

        Assert.Equal(DnsAnswer.Failure, await resolver.AskAsync("example.com", DnsType.Mx));
        Assert.Equal((2 * resolver.Options.Attempts) + 1, liar.Asked.Count);
    }

    [Fact]
    public async Task Callers_with_one_question_share_one_query_and_one_of_them_may_leave()
    {
        using var go = new ManualResetEventSlim();
        var zone = new StaticZone("", Mail);
        await using var server = new DnsTestServer(query =>
        {
            go.Wait(TimeSpan.FromSeconds(60));
            return zone.Answer(query);
        });
        await using var resolver = new ResolverFixture(server.Address);
        using var cancel = new CancellationTokenSource();

        var leaving = resolver.AskAsync("example.com", DnsType.Mx, cancel.Token);
        await server.NextQueryAsync();
        var staying = Enumerable.Range(0, 10).Select(_ => resolver.AskAsync("example.com", DnsType.Mx)).ToArray();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        go.Set();

        foreach (var answer in await Task.WhenAll(staying))
        {
            Assert.Equal<DnsRecord>([Mail], answer.Records);
        }

        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task A_query_whose_caller_left_still_fills_the_cache()
    {
        using var go = new ManualResetEventSlim();
        var zone = new StaticZone("", Mail);
        await using var server = new DnsTestServer(query =>
        {
            go.Wait(TimeSpan.FromSeconds(60));
            return zone.Answer(query);
        });
        await using var resolver = new ResolverFixture(server.Address);
        using var cancel = new CancellationTokenSource();

        var leaving = resolver.AskAsync("example.com", DnsType.Mx, cancel.Token);
        await server.NextQueryAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        go.Set();

        Assert.Equal<DnsRecord>([Mail], (await resolver.AskAsync("example.com", DnsType.Mx)).Records);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task Many_questions_at_once_are_all_answered()
    {
        const int Count = 2000; // more than the resolver sends at one time
        await using var server = DnsTestServer.With(
            [.. Enumerable.Range(0, Count).Select(i => new MxRecord($"d{i}.example", 300, 10, $"mail.d{i}.example"))]);

        // In real time and with retries, because the kernel may drop some of the datagrams.
        var options = new DnsOptions { Servers = [server.Address], Timeout = TimeSpan.FromSeconds(1), Attempts = 30, Deadline = TimeSpan.FromMinutes(1) };
        await using var resolver = new DnsResolver(options, TimeProvider.System, NullLogger<DnsResolver>.Instance);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, Count).Select(i => resolver.QueryAsync($"d{i}.example", DnsType.Mx, CancellationToken.None).AsTask()));

        Assert.Equal(
            Enumerable.Range(0, Count).Select(i => $"mail.d{i}.example"),
            answers.Select(answer => Assert.IsType<MxRecord>(Assert.Single(answer.Records)).Exchange));
    }

    [Fact]
    public async Task Disposal_ends_queries_under_way()
    {
        await using var server = DnsTestServer.Silent();
        var resolver = new ResolverFixture(server.Address);

        var asking = resolver.AskAsync("example.com", DnsType.Mx);
        await server.NextQueryAsync();
        await resolver.DisposeAsync();

        Assert.Equal(DnsAnswer.Failure, await asking);
    }
}
