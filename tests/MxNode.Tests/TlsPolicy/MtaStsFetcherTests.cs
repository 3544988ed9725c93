using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.TlsPolicy;

namespace ThrottleNet.MxNode.Tests.TlsPolicy;

/// <summary>Where a policy may be fetched from. The answers of servers are in <see cref="MtaStsLookupTests"/>, real servers in tests/Real.Tests.</summary>
public sealed class MtaStsFetcherTests
{
    private readonly FakeDns _dns = new();

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task A_server_in_the_operators_network_is_not_connected_to(string address)
    {
        _dns.Host("mta-sts.evil.test", address);
        Assert.Equal("mta-sts.evil.test has no public address", (await FetchAsync("evil.test", PublicAddresses.Contains)).Fault);
    }

    [Fact]
    public async Task A_server_that_is_not_there_and_a_domain_that_makes_no_URL_are_faults()
    {
        Assert.Equal("mta-sts.evil.test has no public address", (await FetchAsync("evil.test", PublicAddresses.Contains)).Fault);
        _dns.Host("mta-sts.gone.test", "127.0.0.1");
        Assert.NotNull((await FetchAsync("gone.test", _ => true, descriptors: 1)).Fault);
        Assert.NotNull((await FetchAsync($"{new string('a', 63)}.{new string('b', 63)}.{new string('c', 63)}.{new string('d', 60)}", PublicAddresses.Contains)).Fault);
        Assert.NotNull((await FetchAsync("_x.-y.test", PublicAddresses.Contains)).Fault);
    }

    [Fact]
    public async Task What_a_server_sends_reaches_a_fault_only_as_a_short_printable_text()
    {
        using var server = new PolicyServer { Answer = _ => throw new HttpRequestException("no", new IOException($"Received an invalid status line: '\u001b[2J\u202e\r\n{new string('x', 16_384)}'")) };
        Assert.Equal($"Received an invalid status line: '?[2J???{new string('x', 159)}", (await server.Fetcher.FetchAsync("evil.test", default)).Fault);
    }

    private async Task<MtaStsFetch> FetchAsync(string domain, Func<IPAddress, bool> mayCall, int descriptors = 10_000)
    {
        using var handler = MtaStsFetcher.CreateHandler(_dns, mayCall, new DescriptorBudget(descriptors), new TrustAnchors());
        using var fetcher = new MtaStsFetcher(handler, TimeProvider.System);
        var fetch = await fetcher.FetchAsync(domain, default).WaitAsync(Eventually.Patience);
        Assert.Null(fetch.Policy);
        return fetch;
    }
}
