using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Grpc;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Trust;

namespace ThrottleNet.Real.Tests.Exchange;

/// <summary>A JavaScript node, written from docs/protocol.md on the official implementation of gRPC, linked with one of ours.</summary>
public sealed class OtherNodeTests
{
    private const string Node = "node", Grpc = "npm:@grpc/grpc-js", Loader = "npm:@grpc/proto-loader";
    private const int PeerJoined = 4010, PeerLeft = 4011, PeerRefused = 4012;

    // Twelve addresses, which the codec packs into bits. The host with the most attempts tried ten recipients.
    private const string Twelve = """
        { "count": { "3.7.11.200": 4, "17.4.99.1": 4, "41.200.3.77": 5, "64.3.2.1": 4, "80.9.200.14": 4, "99.1.2.3": 1, "120.44.5.6": 4, "141.1.1.1": 4,
        "160.77.8.9": 40, "180.5.6.7": 4, "201.12.13.14": 4, "222.99.98.97": 4 } }
        """;

    [NeedsFact(Node, Grpc, Loader)]
    public async Task The_codec_written_from_the_document_agrees_with_ours()
    {
        var golden = Path.Combine(Needs.ScriptFolder, "..", "..", "Counting.Tests", "Batches", "bodies.golden");
        await using var script = new ScriptProcess("bodies.js", golden);
        var said = await script.ReadAsync();
        Assert.Equal(File.ReadLines(golden).Count(l => l.Length > 0 && l[0] != '#'), said.GetProperty("lines").GetInt32());
        Assert.Empty(said.GetProperty("wrong").EnumerateArray());
    }

    [NeedsFact(Node, Grpc, Loader)]
    public async Task A_node_written_from_the_document_exchanges_counts_with_ours()
    {
        await using var network = await FeedNetwork.CreateAsync();
        var port = Ports.Free();
        var node = await network.StartAsync("a", port);
        await using var other = new ScriptProcess("exchange.js", [$"127.0.0.1:{port}", .. network.Issue("b")]);
        var hello = await NextAsync(other, "hello");
        Assert.Equal("throttle-mx.test", hello.GetProperty("network").GetString());
        Assert.Equal($"127.0.0.1:{port}", hello.GetProperty("address").GetString());
        Assert.True(hello.GetProperty("isItsCertificate").GetBoolean());
        await node.LogLineAsync("its link", l => l.EventId == PeerJoined && l.Message.Contains("peer b of operator-b", StringComparison.Ordinal));

        await other.WriteLineAsync(Twelve.ReplaceLineEndings(""));
        await other.WriteLineAsync("\"again\"");
        await other.WriteLineAsync("""{ "count": { "2001:db8:1:2::": 9, "198.51.100.7": 12 } }""");
        await KnowsAsync(node, "198.51.100.7", unitsElsewhere: 3);
        await KnowsAsync(node, "2001:db8:1:2::1", unitsElsewhere: 2); // the ninth quarter is a patient retry
        await KnowsAsync(node, "160.77.8.9", unitsElsewhere: 10);
        await KnowsRetryAsync(node, "99.1.2.3");

        await using var sender = await RawClient.ConnectAsync(node.Smtp, IPAddress.Parse("127.66.0.1"));
        await sender.AnswerAsync();
        Assert.StartsWith("250", await sender.AskAsync("HELO client.test"), StringComparison.Ordinal);
        Assert.StartsWith("250", await sender.AskAsync("MAIL FROM:<ann@example.org>"), StringComparison.Ordinal);
        Assert.NotNull(await sender.AskAsync("RCPT TO:<bob@example.net>"));
        Assert.Equal(4, (await NextAsync(other, "attempts")).GetProperty("127.66.0.1").GetInt32());

        await node.StopAsync();
        Assert.Equal("REASON_SHUTDOWN", (await NextAsync(other, "goodbye")).GetString());
        Assert.DoesNotContain(node.Log, l => l.EventId == PeerRefused);
        Assert.DoesNotContain(node.Log, l => l.EventId == PeerLeft && !l.Message.Contains("Shutdown", StringComparison.Ordinal));
    }

    [NeedsFact(Node, Grpc, Loader)]
    public async Task A_caller_without_a_certificate_of_the_network_is_refused_and_logged()
    {
        await using var network = await FeedNetwork.CreateAsync();
        await using var strangers = await FeedNetwork.CreateAsync();
        var port = Ports.Free();
        var node = await network.StartAsync("a", port);
        var authority = network.Issue("b")[0];
        foreach (var (certificate, reason) in new[] { ((string[])[], "showed no certificate"), (strangers.Issue("b")[1..], "not by this network's authority") })
        {
            await using var other = new ScriptProcess("exchange.js", [$"127.0.0.1:{port}", authority, .. certificate]);
            Assert.Equal(14, (await NextAsync(other, "code")).GetInt32()); // UNAVAILABLE
            await node.LogLineAsync(reason, l => l.EventId == PeerRefused && l.Message.Contains("127.0.0.1 refused: ", StringComparison.Ordinal) && l.Message.Contains(reason, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(node.Log, l => l.EventId == PeerJoined);
        await node.StopAsync();
    }

    // The next line of one kind that the other node writes.
    private static async Task<JsonElement> NextAsync(ScriptProcess script, string kind)
    {
        while (true)
        {
            if ((await script.ReadAsync()).TryGetProperty(kind, out var said))
            {
                return said;
            }
        }
    }

    // A single quarter: a patient retry, which costs its host nothing and counts in its site.
    private static async Task KnowsRetryAsync(NodeProcess node, string address)
    {
        using var client = new HttpClient { BaseAddress = node.Admin };
        using var block = JsonDocument.Parse(await client.GetStringAsync(new Uri($"api/block/{address}", UriKind.Relative)));
        Assert.Equal(0, block.RootElement.GetProperty("levels")[0].GetProperty("othersPerHour").GetDouble());
        Assert.InRange(block.RootElement.GetProperty("areas")[0].GetProperty("newcomersPerHour").GetDouble(), 1.8, 2.02);
    }

    // Reports fade a little while the test waits for them. A batch that counted twice would give far more.
    private static async Task KnowsAsync(NodeProcess node, string address, double unitsElsewhere)
    {
        using var client = new HttpClient { BaseAddress = node.Admin };
        var units = await Eventually.FindAsync($"the node to know of {address}", async () =>
        {
            using var block = JsonDocument.Parse(await client.GetStringAsync(new Uri($"api/block/{address}", UriKind.Relative)));
            var host = block.RootElement.GetProperty("levels")[0];
            Assert.Equal(0, host.GetProperty("ownPerHour").GetDouble());
            return host.GetProperty("othersPerHour").GetDouble() is > 0 and var perHour ? (double?)perHour / 2 as object : null;
        });
        Assert.InRange((double)units, unitsElsewhere * 0.9, unitsElsewhere * 1.01);
    }
}
