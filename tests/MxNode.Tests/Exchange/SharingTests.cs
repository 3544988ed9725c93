using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class SharingTests : ExchangeTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.7"));

    [Fact]
    public async Task Counts_of_one_node_are_known_to_the_other_when_the_hold_ends()
    {
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b", a.Address);
        await ExchangeNode.LinkedAsync(a, b);

        await a.RegisterAsync(Host, 3);
        await b.RegisterAsync(Host, 2);

        Assert.Equal((3, 2), Rounded(a.Count(Host)));
        Assert.Equal((2, 3), Rounded(b.Count(Host)));
        Assert.DoesNotContain(a.Log.Lines.Concat(b.Log.Lines), l => l.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Fact]
    public async Task A_node_pings_neighbours_that_opened_the_link()
    {
        await using var a = await StartAsync("a");
        var http2 = a.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.Http2;
        Assert.Equal((PeerTransport.PingDelay, PeerTransport.PingTimeout), (http2.KeepAlivePingDelay, http2.KeepAlivePingTimeout));
    }

    // Whole units: counts decay while a loaded machine runs the test.
    private static (double, double) Rounded((double Own, double Others) count) => (Math.Round(count.Own), Math.Round(count.Others));
}
