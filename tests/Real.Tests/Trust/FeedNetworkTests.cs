using ThrottleNet.Real.Tests.Grpc;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Trust;

/// <summary>The trusted list, shared between node processes and maintained by the trust commands.</summary>
public sealed class FeedNetworkTests
{
    private static readonly string[] Particulars = ["--kind", "list-host", "--organisation", "Example", "--contact", "postmaster@example.org"];

    [Fact]
    public async Task An_enrolment_and_a_revocation_at_one_node_are_in_force_at_all_nodes()
    {
        await using var network = await FeedNetwork.CreateAsync();
        var (portA, portB) = (Ports.Free(), Ports.Free());
        var a = await network.StartAsync("a", portA);
        var b = await network.StartAsync("b", portB, portA);
        var c = await network.StartAsync("c", port: 0, portB);

        (await network.TrustAsync("a", ["enrol", "192.0.2.7", .. Particulars])).Expect(0);
        await FeedNetwork.TrustsAsync(c, "192.0.2.7", true);
        Assert.Contains("Example", (await network.TrustAsync("c", "show", "192.0.2.7")).Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("1 statement", (await network.TrustAsync("c", "verify")).Expect(0).Output, StringComparison.Ordinal);

        (await network.TrustAsync("a", "revoke", "192.0.2.7", "--reason", "spam")).Expect(0);
        await FeedNetwork.TrustsAsync(c, "192.0.2.7", false);
        await FeedNetwork.TrustsAsync(b, "192.0.2.7", false);
        Assert.Contains("spam", (await network.TrustAsync("c", "show", "192.0.2.7")).Expect(1).Output, StringComparison.Ordinal);
        Assert.Contains("2 statements", (await NodeProcess.CommandAsync("status", "--set", $"Admin:Listen={c.Admin.Authority}")).Expect(0).Output, StringComparison.Ordinal);
        await c.StopAsync();
        await b.StopAsync();
        await a.StopAsync();
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_peer_on_the_official_implementation_carries_the_list_from_one_node_to_another()
    {
        await using var network = await FeedNetwork.CreateAsync();
        var (from, to) = (Ports.Free(), Ports.Free());
        (await network.TrustAsync("a", ["enrol", "192.0.2.7", .. Particulars])).Expect(0);
        var a = await network.StartAsync("a", from);
        var b = await network.StartAsync("b", to);
        await using var carrier = new ScriptProcess("feed.js", [$"127.0.0.1:{from}", $"127.0.0.1:{to}", .. network.Issue("carrier")]);
        Assert.Equal(1, (await carrier.ReadAsync()).GetProperty("heads")[0].GetProperty("seq").GetInt32());
        Assert.Equal(0, (await carrier.ReadAsync()).GetProperty("after").GetInt32());
        await FeedNetwork.TrustsAsync(b, "192.0.2.7", true);

        (await network.TrustAsync("a", "revoke", "192.0.2.7", "--reason", "spam")).Expect(0);
        Assert.Equal(2, (await carrier.ReadAsync()).GetProperty("heads")[0].GetProperty("seq").GetInt32());
        Assert.Equal(1, (await carrier.ReadAsync()).GetProperty("after").GetInt32());
        await FeedNetwork.TrustsAsync(b, "192.0.2.7", false);
        await b.StopAsync();
        await a.StopAsync();
    }
}
