using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Tests.Exchange;
using ThrottleNet.MxNode.Zones;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Egress;

/// <summary>Nodes that tell each other about their mail.</summary>
public sealed class NoteTests : ExchangeTests
{
    private const int Left = 3100, Back = 3101, PeerName = 3102, Differs = 3104;

    private static readonly SmtpReply Refusal = new(554, "5.7.1", "blocked using bl.test");

    [Fact]
    public async Task A_node_that_destinations_refuse_leaves_its_own_and_its_peers_magic_name_and_comes_back()
    {
        Pki.Issue("a", "operator-a", "127.0.0.1", more: ["198.51.100.1", "2001:db8::1"]);
        Pki.Issue("b", "operator-b", "127.0.0.1", more: ["198.51.100.2", "2001:db8::2"]);
        await using var a = await StartAsync("a", [], WithZone);
        await using var b = await StartAsync("b", [a.Address], WithZone);
        await ExchangeNode.LinkedAsync(a, b);
        var (zoneOfA, zoneOfB) = (a.Services.GetRequiredService<LiveNodes>(), b.Services.GetRequiredService<LiveNodes>());
        await Eventually.HoldsAsync("both nodes in both zones", () => Has(zoneOfA, 1) && Has(zoneOfA, 2) && Has(zoneOfB, 1) && Has(zoneOfB, 2));

        var (refusals, regions) = (a.Services.GetRequiredService<NameRefusals>(), new[] { "10.1.0.1", "10.2.0.1", "2001:db8::25" });
        foreach (var region in regions)
        {
            refusals.Note("mail.dest.test", IPAddress.Parse(region), "greeting", Refusal);
        }

        await a.Log.LineAsync(Left, "mail.dest.test by bl.test");
        await b.Log.LineAsync(PeerName, "a of operator-a has left the magic name");
        await Eventually.HoldsAsync("b alone in both zones", () => !Has(zoneOfA, 1) && Has(zoneOfA, 2) && !Has(zoneOfB, 1) && Has(zoneOfB, 2));
        Assert.True(zoneOfB.Knows(IPAddress.Parse("198.51.100.1"))); // to a guard it is a relay as before
        var peer = Assert.Single((await b.Services.GetRequiredService<Neighbours>().DescribeAsync()).Peers);
        Assert.True(peer.LeftName);
        Assert.Equal(("mail.dest.test", "bl.test", 3), Assert.Single(peer.RefusedBy) switch { var r => (r.Host, r.List, r.Count) });

        refusals.NoteTaken(IPAddress.Parse(regions[0]));
        await a.Log.LineAsync(Back, "no longer refuse");
        await Eventually.HoldsAsync("both in both zones again", () => Has(zoneOfA, 1) && Has(zoneOfB, 1));
    }

    [Fact]
    public async Task When_more_than_half_of_the_nodes_would_leave_none_does()
    {
        await using var a = await StartAsync("a", []);
        await using var b = await StartAsync("b", [a.Address]);
        await ExchangeNode.LinkedAsync(a, b);
        foreach (var node in new[] { a, b })
        {
            foreach (var region in new[] { "10.1.0.1", "10.2.0.1", "10.3.0.1" })
            {
                node.Services.GetRequiredService<NameRefusals>().Note("mail.dest.test", IPAddress.Parse(region), "rcpt", Refusal);
            }
        }

        await a.Log.LineAsync(PeerName, "b of operator-b has left");
        await b.Log.LineAsync(PeerName, "a of operator-a has left");
        await Eventually.HoldsAsync("a name with addresses", () => a.Services.GetRequiredService<LiveNodes>().Listed.Count > 0 && b.Services.GetRequiredService<LiveNodes>().Listed.Count > 0);
    }

    [Fact]
    public async Task Peers_tell_where_their_mail_leaves_from_and_where_they_see_each_other()
    {
        await using var a = await StartAsync("a", []);
        await using var b = await StartAsync("b", [a.Address], c => c with { Relay = new() { SourceAddresses = [IPAddress.Parse("127.0.0.9")] } });
        await ExchangeNode.LinkedAsync(a, b);
        var neighbours = b.Services.GetRequiredService<Neighbours>();
        await Eventually.HoldsAsync("a's note", async () => (await neighbours.DescribeAsync()).Peers is [{ SeesUsFrom: "127.0.0.1" }]);
        Assert.Equal("127.0.0.1", Assert.Single((await a.Services.GetRequiredService<Neighbours>().DescribeAsync()).Peers).CallsFrom);
        Assert.DoesNotContain(b.Log.Lines, line => line.Event == Differs); // loopback addresses are not where mail leaves from
    }

    [Fact]
    public async Task A_note_counts_while_its_link_stands_and_the_addresses_are_relays_for_the_guard()
    {
        await using var node = await StartAsync("a", []);
        var (nodes, notes) = (node.Services.GetRequiredService<LiveNodes>(), node.Services.GetRequiredService<PeerNotes>());
        var source = IPAddress.Parse("203.0.113.9");
        await using (var puppet = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b")))
        {
            await puppet.JoinAsync(node, "b of operator-b");
            using var share = puppet.Share();
            await share.RequestStream.WriteAsync(new() { Sources = { Google.Protobuf.ByteString.CopyFrom(source.GetAddressBytes()) }, LeftName = true });
            Assert.Equal("127.0.0.1", new IPAddress((await share.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience))!.SeenFrom.Span).ToString());
            await Eventually.HoldsAsync("the source", () => nodes.Knows(source));
            Assert.DoesNotContain(source, nodes.Addresses);
        }

        await Eventually.HoldsAsync("the end of the note", () => notes.Of(PuppetOrigin("b")) is null && !nodes.Knows(source));
        Assert.True(nodes.KnowsIn(Counting.Blocks.IpBlock.Of(source))); // spared for a day: it is not dropped
    }

    [Fact]
    public async Task Malformed_and_oversized_notes_end_the_call_and_not_the_link()
    {
        await using var node = await StartAsync("a", []);
        await using var puppet = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b"));
        await puppet.JoinAsync(node, "b of operator-b");
        using var share = puppet.Share();
        await share.RequestStream.WriteAsync(new() { Refusals = { Enumerable.Range(0, 1000).Select(i => new Protocol.Relay.Wire.NameRefusal { Host = new string('a', 60) }) } });
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () =>
        {
            while (await share.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience) is not null)
            {
                // The node's own notes come first.
            }
        });
        Assert.Single((await node.Services.GetRequiredService<Neighbours>().DescribeAsync()).Peers);
    }

    [Fact]
    public async Task A_source_that_is_not_this_machines_stops_the_start()
    {
        var failure = await Assert.ThrowsAsync<MxNode.Configuration.StartException>(() =>
            StartAsync("a", [], c => c with { Relay = new() { SourceAddresses = [IPAddress.Parse("192.0.2.1")] } }));
        Assert.StartsWith("Relay:SourceAddresses: mail cannot leave from 192.0.2.1 (", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_shows_the_refusals_by_destination_and_list()
    {
        await using var node = await StartAsync("a", [], c => c with { Admin = new() { Listen = new(IPAddress.Loopback, 0) } });
        node.Services.GetRequiredService<NameRefusals>().Note("mail.dest.test", IPAddress.Parse("10.1.0.1"), "greeting", Refusal);
        using var http = new HttpClient();
        var status = System.Text.Json.JsonSerializer.Deserialize(await http.GetStringAsync(new Uri($"http://{node.Dashboard}/api/status")), AdminJson.Default.StatusReport)!;
        Assert.False(status.LeftName);
        Assert.Equal(("mail.dest.test", "bl.test", 1), Assert.Single(status.NameRefusals) switch { var r => (r.Host, r.List, r.Count) });
    }

    private Protocol.Batches.OriginId PuppetOrigin(string name)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(Pki.File(name + ".pem"));
        return PeerAdmission.MemberOf(certificate)!.Value.Member.Origin;
    }

    private static bool Has(LiveNodes nodes, int node) =>
        nodes.Listed.Contains(IPAddress.Parse($"198.51.100.{node}")) && nodes.Listed.Contains(IPAddress.Parse($"2001:db8::{node}"));

    private static MxNode.Hosting.NodeConfiguration WithZone(MxNode.Hosting.NodeConfiguration configuration) =>
        configuration with { Trust = new() { Zone = "list.test", DnsListen = ["127.0.0.1:0"] } };
}
