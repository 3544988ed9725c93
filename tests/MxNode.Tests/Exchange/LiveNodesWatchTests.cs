using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Tests.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class LiveNodesWatchTests : ExchangeTests
{
    [Fact]
    public async Task A_live_node_has_its_addresses_and_those_of_its_names()
    {
        await using var dns = DnsTestServer.With(new AddressRecord("b.example.net", 60, IPAddress.Parse("192.0.2.2")), new AddressRecord("x.throttle-mx.test", 60, IPAddress.Parse("192.0.2.66")));
        Pki.Issue("a", "operator-a", "127.0.0.1");
        Pki.Issue("b", "operator-b", "127.0.0.2", more: ["b.example.net", "x.throttle-mx.test"]);
        await using var a = await StartAsync("a", dns);
        var nodes = a.Services.GetRequiredService<LiveNodes>();
        Assert.Equal([IPAddress.Loopback], nodes.Addresses);

        await using var b = await StartAsync("b", dns, a.Address);
        await a.Log.LineAsync(4030, "127.0.0.2");
        await a.Log.LineAsync(4030, "192.0.2.2");
        Assert.Equal(3, nodes.Addresses.Count);
        Assert.Equal([IPAddress.Parse("127.0.0.2")], nodes.Named["x.throttle-mx.test"]);
        Assert.DoesNotContain(dns.Asked, query => query.Questions[0].Name.EndsWith("throttle-mx.test", StringComparison.Ordinal));

        await b.StopAsync();
        await a.Log.LineAsync(4031, "127.0.0.2, 192.0.2.2");
        Assert.Equal([IPAddress.Loopback], nodes.Addresses);
    }

    private Task<ExchangeNode> StartAsync(string name, DnsTestServer dns, params string[] peers) => StartAsync(
        name, peers, c => c with { Dns = c.Dns with { Servers = [dns.Address] } });
}
