using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Dns;

public sealed class DnsResolverCacheTests
{
    private const int Day = 24 * 60 * 60;

    [Theory]
    [InlineData(300, 300)]
    [InlineData(1, 1)]
    [InlineData(10 * Day, Day)]
    [InlineData(int.MaxValue, Day)]
    public async Task An_answer_is_cached_for_its_TTL_and_at_most_a_day(uint ttl, int seconds) =>
        await AssertKeptAsync(DnsTestServer.With(new MxRecord("example.com", ttl, 10, "mail.example.com")), DnsType.Mx, seconds);

    [Theory]
    [InlineData(0)]
    [InlineData(0x80000000)]
    [InlineData(uint.MaxValue)]
    public async Task An_answer_with_a_TTL_of_zero_is_not_cached(uint ttl)
    {
        await using var server = DnsTestServer.With(new MxRecord("example.com", ttl, 10, "mail.example.com"));
        await using var resolver = new ResolverFixture(server.Address);

        await resolver.AskAsync("example.com", DnsType.Mx);
        Assert.Equal(DnsStatus.Success, (await resolver.AskAsync("example.com", DnsType.Mx)).Status);

        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task The_shortest_TTL_of_records_and_aliases_counts()
    {
        await AssertKeptAsync(
            DnsTestServer.With(
                new MxRecord("example.com", 300, 10, "a.example.com"),
                new MxRecord("example.com", 100, 20, "b.example.com")),
            DnsType.Mx,
            100);
        await AssertKeptAsync(
            DnsTestServer.With(
                new CnameRecord("example.com", 50, "other.example.com"),
                new MxRecord("other.example.com", 300, 10, "a.example.com")),
            DnsType.Mx,
            50);
    }

    [Theory]
    [InlineData(600, 300, 300)]
    [InlineData(200, 300, 200)]
    [InlineData(10 * Day, 10 * Day, 60 * 60)]
    public async Task Negative_answers_are_cached_as_the_zone_allows_and_at_most_an_hour(uint soaTtl, uint minimum, int seconds)
    {
        var soa = new SoaRecord("com", soaTtl, "ns.com", "hostmaster.com", 1, 2, 3, 4, minimum);

        await AssertKeptAsync(new DnsTestServer(new StaticZone("com", soa).Answer), DnsType.Mx, seconds);
        await AssertKeptAsync(new DnsTestServer(new StaticZone("example.com", soa with { Name = "example.com" }).Answer), DnsType.Mx, seconds);
        await AssertKeptAsync(new DnsTestServer(query => query.Reply(DnsResponseCode.NameError) with { Authorities = [soa] }), DnsType.Mx, seconds);
        await AssertKeptAsync(new DnsTestServer(query => query.Reply(DnsResponseCode.NoError) with { Authorities = [soa] }), DnsType.Mx, seconds);
    }

    [Fact]
    public async Task A_failure_and_a_negative_answer_without_SOA_are_cached_for_five_seconds()
    {
        await AssertKeptAsync(DnsTestServer.Failing(), DnsType.Mx, 5, queries: 2);
        await AssertKeptAsync(new DnsTestServer(query => query.Reply(DnsResponseCode.NoError)), DnsType.Mx, 5);
        await AssertKeptAsync(new DnsTestServer(query => query.Reply(DnsResponseCode.NameError)), DnsType.Mx, 5);
    }

    [Fact]
    public async Task Record_types_are_cached_separately()
    {
        await using var server = DnsTestServer.With(
            new AddressRecord("example.com", 300, IPAddress.Parse("192.0.2.1")),
            new AddressRecord("example.com", 300, IPAddress.Parse("2001:db8::1")));
        await using var resolver = new ResolverFixture(server.Address);

        Assert.Equal(DnsType.A, Assert.Single((await resolver.AskAsync("example.com", DnsType.A)).Records).Type);
        Assert.Equal(DnsType.Aaaa, Assert.Single((await resolver.AskAsync("example.com", DnsType.Aaaa)).Records).Type);
    }

    [Fact]
    public void The_least_recently_used_answer_goes_first()
    {
        var cache = new DnsCache(2, new FakeTimeProvider());
        cache.Put(Question("a"), DnsAnswer.NoData, TimeSpan.FromHours(1));
        cache.Put(Question("b"), DnsAnswer.NoData, TimeSpan.FromHours(1));
        Assert.True(cache.TryGet(Question("a"), TimeSpan.MaxValue, out _));
        cache.Put(Question("c"), DnsAnswer.NoData, TimeSpan.FromHours(1));

        Assert.True(cache.TryGet(Question("a"), TimeSpan.MaxValue, out _));
        Assert.False(cache.TryGet(Question("b"), TimeSpan.MaxValue, out _));
        Assert.True(cache.TryGet(Question("c"), TimeSpan.MaxValue, out _));
        Assert.Equal(2, cache.Count);
    }

    [Fact]
    public void Long_answers_count_for_more_than_one()
    {
        var cache = new DnsCache(10_000, new FakeTimeProvider());
        var text = new TxtRecord("a", 300, [.. Enumerable.Repeat(new string('x', 255), 250)]);
        for (var i = 0; i < 1000; i++)
        {
            cache.Put(Question($"n{i}"), new DnsAnswer(DnsStatus.Success, [text]), TimeSpan.FromHours(1));
        }

        // 1,000 × 128 KiB would be 128 MiB; 32 are allowed.
        Assert.InRange(cache.Count, 150, 256);
        Assert.True(cache.TryGet(Question("n999"), TimeSpan.MaxValue, out _));
    }

    [Fact]
    public void A_cache_of_no_entries_keeps_nothing()
    {
        var cache = new DnsCache(0, new FakeTimeProvider());
        cache.Put(Question("a"), DnsAnswer.NoData, TimeSpan.FromHours(1));

        Assert.False(cache.TryGet(Question("a"), TimeSpan.MaxValue, out _));
    }

    [Fact]
    public void A_new_answer_takes_the_place_of_the_old()
    {
        var cache = new DnsCache(2, new FakeTimeProvider());
        cache.Put(Question("a"), DnsAnswer.NoData, TimeSpan.FromHours(1));
        cache.Put(Question("a"), DnsAnswer.NameError, TimeSpan.FromHours(1));

        Assert.True(cache.TryGet(Question("a"), TimeSpan.MaxValue, out var answer));
        Assert.Equal(DnsAnswer.NameError, answer);
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public void An_expired_answer_leaves_the_cache()
    {
        var clock = new FakeTimeProvider();
        var cache = new DnsCache(2, clock);
        cache.Put(Question("a"), DnsAnswer.NoData, TimeSpan.FromSeconds(10));
        clock.Advance(TimeSpan.FromSeconds(10));

        Assert.False(cache.TryGet(Question("a"), TimeSpan.MaxValue, out _));
        Assert.Equal(0, cache.Count);
    }

    private static DnsQuestion Question(string name) => new(name, DnsType.A);

    /// <summary>Asserts that the cache answers until just before the TTL ends, and that a server is queried then.</summary>
    private static async Task AssertKeptAsync(DnsTestServer server, DnsType type, int seconds, int queries = 1)
    {
        await using var owned = server;
        await using var resolver = new ResolverFixture(server.Address);

        var first = await resolver.AskAsync("example.com", type);
        resolver.Clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        Assert.Equal(first, await resolver.AskAsync("example.com", type));
        Assert.Equal(queries, server.Asked.Count);

        resolver.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(first.Status, (await resolver.AskAsync("example.com", type)).Status);
        Assert.Equal(2 * queries, server.Asked.Count);
    }

    [Fact]
    public async Task A_fresh_query_bypasses_the_cache_and_falls_back_to_it_when_no_server_answers()
    {
        DnsRecord[] records = [new MxRecord("example.com", 300, 10, "mail.example.com")];
        var isUp = true;
        await using var server = new DnsTestServer(query => isUp ? new StaticZone("", records).Answer(query) : query.Reply(DnsResponseCode.ServerFailure));
        var clock = new FakeTimeProvider();
        await using var resolver = new DnsResolver(new DnsOptions { Servers = [server.Address] }, clock, NullLogger<DnsResolver>.Instance);

        await resolver.QueryAsync("example.com", DnsType.Mx, default);
        await resolver.QueryFreshAsync("example.com", DnsType.Mx, default);
        Assert.Single(server.Asked);
        clock.Advance(TimeSpan.FromSeconds(6));
        records = [new MxRecord("example.com", 300, 0, "throttle-mx.test")];
        Assert.Equal<DnsRecord>(records, (await resolver.QueryFreshAsync("example.com", DnsType.Mx, default)).Records);
        Assert.Equal(2, server.Asked.Count);

        clock.Advance(TimeSpan.FromSeconds(6));
        isUp = false;
        Assert.Equal(DnsStatus.Failure, (await resolver.QueryFreshAsync("example.com", DnsType.Mx, default)).Status);
        Assert.Equal<DnsRecord>(records, (await resolver.QueryAsync("example.com", DnsType.Mx, default)).Records);
    }
}
