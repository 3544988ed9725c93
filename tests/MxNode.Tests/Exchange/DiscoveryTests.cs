using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>A running node that finds its peers by DNS.</summary>
public sealed class DiscoveryTests : ExchangeTests
{
    private const int PeerLeft = 4011;
    private const string Service = "_throttlenet._tcp.nodes.test";

    [Fact]
    public async Task A_changed_DNS_record_leads_to_a_new_peer_and_a_DNS_failure_loses_no_peer()
    {
        await using var a = await StartAtNameAsync("a");
        await using var c = await StartAtNameAsync("c");
        StaticZone? zone = ZoneOf(a);
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var dns = DnsListener.Start(new IPEndPoint(IPAddress.Loopback, 0), query =>
        {
            if (Volatile.Read(ref zone) is { } serves)
            {
                return serves.Answer(query);
            }

            failed.TrySetResult();
            return query.Reply(DnsResponseCode.ServerFailure);
        });
        Pki.Issue("b", "operator-b");
        await using var b = await StartAsync("b", [], configuration => configuration with
        {
            Exchange = configuration.Exchange with { Discover = Service },
            Dns = new() { Servers = [dns.EndPoint.ToString()] },
        });
        await b.JoinedAsync("a of operator-a");

        Volatile.Write(ref zone, ZoneOf(c));
        await b.JoinedAsync("c of operator-c");

        Volatile.Write(ref zone, null);
        await failed.Task.WaitAsync(ExchangeNode.Patience);
        await Task.WhenAll(a.JoinedAsync("b of operator-b"), c.JoinedAsync("b of operator-b"));
        Assert.DoesNotContain(b.Log.Lines, l => l.Event == PeerLeft);
    }

    private static StaticZone ZoneOf(ExchangeNode node) => new(
        "nodes.test",
        new SrvRecord(Service, 1, 0, 0, (ushort)IPEndPoint.Parse(node.Address).Port, "host.nodes.test"),
        new AddressRecord("host.nodes.test", 1, IPAddress.Loopback));

    private Task<ExchangeNode> StartAtNameAsync(string name)
    {
        Pki.Issue(name, "operator-" + name, host: "host.nodes.test");
        return StartAsync(name);
    }
}
