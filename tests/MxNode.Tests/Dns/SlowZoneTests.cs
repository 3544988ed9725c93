using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Dns;

/// <summary>A stranger whose zones do not answer asks for many names: other names are resolved all the same.</summary>
public sealed class SlowZoneTests
{
    // More than the resolver asks at a time.
    private const int Flood = 1100;

    private static readonly AddressRecord Host = new("example.com", 300, IPAddress.Parse("192.0.2.1"));
    private static readonly StaticZone Zone = new("", Host);

    [Theory]
    [InlineData("{0}.slow.test")]
    [InlineData("{0}.deep.slow.co.uk")]
    [InlineData("{0}.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    [InlineData("{0}.0.2.192.in-addr.arpa")]
    public async Task Questions_about_one_zone_take_an_eighth_of_the_places(string slow)
    {
        var names = Enumerable.Range(0, Flood).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture, slow, i)).ToHashSet();
        await using var server = new DnsTestServer(query => names.Contains(DnsName.Canonical(query.Questions[0].Name)) ? null : Zone.Answer(query));
        await using var resolver = new ResolverFixture(server.Address);
        var flood = names.Select(name => resolver.AskAsync(name, DnsType.A)).ToList();
        Assert.Equal<DnsRecord>([Host], (await resolver.AskAsync("example.com", DnsType.A)).Records);
        Assert.All(flood, asking => Assert.False(asking.IsCompletedSuccessfully && asking.Result.Status == DnsStatus.Success));
    }

    [Fact]
    public async Task Names_that_cannot_be_resolved_do_not_drive_good_answers_out_of_the_cache()
    {
        await using var server = new DnsTestServer(query => query.Questions[0].Name.StartsWith("slow", StringComparison.OrdinalIgnoreCase) ? query.Reply(DnsResponseCode.ServerFailure) : Zone.Answer(query));
        await using var resolver = new ResolverFixture(new DnsOptions { Servers = [server.Address], CacheEntries = 10 });
        await resolver.AskAsync("example.com", DnsType.A);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(DnsStatus.Failure, (await resolver.AskAsync($"slow{i}.test", DnsType.A)).Status);
        }

        Assert.Equal<DnsRecord>([Host], (await resolver.AskAsync("example.com", DnsType.A)).Records);
        Assert.Single(server.Asked, query => DnsName.Canonical(query.Questions[0].Name) == "example.com");
    }

    [Fact]
    public void One_slow_name_does_not_make_a_server_one_without_EDNS()
    {
        var clock = new FakeTimeProvider();
        var server = new DnsUpstream(new IPEndPoint(IPAddress.Loopback, 53), clock);
        server.NoteAnswer(DnsTransport.UdpWithEdns);
        clock.Advance(TimeSpan.FromSeconds(30));
        server.NoteAnswer(DnsTransport.PlainTcp);
        Assert.Equal(DnsTransport.UdpWithEdns, server.Preferred);
        clock.Advance(TimeSpan.FromSeconds(30));
        server.NoteAnswer(DnsTransport.PlainTcp);
        Assert.Equal(DnsTransport.PlainTcp, server.Preferred);
    }
}
