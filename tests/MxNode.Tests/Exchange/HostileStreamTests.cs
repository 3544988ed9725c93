using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Exchange;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>A peer with a valid certificate misuses a stream: the node ends it with a reason, and its other links go on.</summary>
public sealed class HostileStreamTests : ExchangeTests
{
    private const int Left = 4011;
    private const int Refused = 4012;

    [Theory]
    [InlineData("0000000004ffffffff", "sent a message that is not a valid Frame")]
    [InlineData("00000000030a05ff", "sent a message that is not a valid Frame")] // a Hello that is shorter than its stated length
    [InlineData("47455420", "sent an incomplete message")] // "GET " only
    [InlineData("474554202f20485454502f312e310d0a0d0a", "sent a message with an unknown compression flag")] // GET / HTTP/1.1
    [InlineData("00ffffffff00", "sent a message larger than 1048576 octets")] // over 2 GiB
    [InlineData("000010000100", "sent a message larger than 1048576 octets")]
    [InlineData("010000000412345678", "sent a message that is not valid gzip")]
    [InlineData("010000000412345678", "sent a compressed message without naming its encoding", null)]
    [InlineData("010000000412345678", "sent a compressed message without naming its encoding", "identity")]
    [InlineData("010000000412345678", "sent a message in an unknown encoding", "br")]
    [InlineData("0000000100ff", "sent an incomplete message")]
    public async Task Malformed_octets_end_the_link_with_a_reason(string octets, string reason, string? encoding = "gzip")
    {
        await using var node = await StartAsync("a");
        await using var other = await BystanderAsync(node);
        var (certificate, key) = Pki.Issue("b", "operator-b");
        using var identity = X509Certificate2.CreateFromPemFile(certificate, key);
        using var http = new HttpMessageInvoker(PuppetLink.Handler(identity));
        using var content = new ByteArrayContent(Convert.FromHexString(octets));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"https://{node.Address}/throttlenet.v1.Exchange/Link"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
            Headers = { { "te", "trailers" } },
        };
        if (encoding is not null)
        {
            request.Headers.Add("grpc-encoding", encoding);
        }

        await EndAsync(async () => await (await http.SendAsync(request, CancellationToken.None)).Content.ReadAsByteArrayAsync());
        await node.Log.LineAsync(Refused, $"b of operator-b refused: {reason}");
        await GoesOnAsync(node, other);
    }

    [Fact]
    public async Task An_endless_stream_is_cut_at_its_budget_with_a_reason()
    {
        await using var node = await StartAsync("a");
        await using var other = await BystanderAsync(node);
        await using var link = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b"));
        await link.JoinAsync(node, "b of operator-b");
        var unknown = Wire.Frame.Parser.ParseFrom([0x9a, 0x06, 0xc0, 0x84, 0x3d, .. new byte[1_000_000]]); // an unknown field
        await EndAsync(async () =>
        {
            while (true)
            {
                await link.WriteAsync(unknown);
            }
        });
        await node.Log.LineAsync(Refused, "b of operator-b refused: OverBudget");
        await GoesOnAsync(node, other);
    }

    [Fact]
    public async Task A_peer_that_asks_and_does_not_read_is_cut_off_with_a_reason()
    {
        await using var node = await StartAsync("a");
        await using var other = await BystanderAsync(node);
        await using var link = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b"));
        await link.JoinAsync(node, "b of operator-b");
        for (ulong seq = 1; seq <= 20; seq++)
        {
            await link.SendAsync(link.LongBatch(seq));
        }

        var want = FrameWriter.Write(new WantFrame([new SeqRange(link.Origin, 1, 1, 20)]));
        await EndAsync(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await link.WriteAsync(want);
            }

            await node.Log.LineAsync(Left, "peer b of operator-b left");
            while (await link.ReadAsync() is not null)
            {
            }
        });
        await node.Log.LineAsync(Refused, "b of operator-b refused: reads too slowly");
        await GoesOnAsync(node, other);
    }

    // The stream ends with an error, or without one.
    private static async Task EndAsync(Func<Task> use)
    {
        try
        {
            await use().WaitAsync(ExchangeNode.Patience);
        }
        catch (Exception e) when (e is RpcException or HttpRequestException or IOException or OperationCanceledException or InvalidOperationException)
        {
            // The kind of error depends on how far the stream got.
        }
    }

    private async Task<ExchangeNode> BystanderAsync(ExchangeNode node)
    {
        var other = await StartAsync("z", node.Address);
        await Task.WhenAll(other.JoinedAsync("a of operator-a"), node.JoinedAsync("z of operator-z"));
        return other;
    }

    // The earlier link still carries counts in both directions.
    private static async Task GoesOnAsync(ExchangeNode node, ExchangeNode other)
    {
        var host = IpBlock.Of(IPAddress.Parse("198.51.100.1"));
        await node.Log.LineAsync(Left, "peer b of operator-b left");
        Register(other, 2);
        Register(node, 3);
        await Task.WhenAll(node.KnowsAsync(host, others: 2), other.KnowsAsync(host, others: 3));
        Assert.Equal((3, 2), Rounded(node.Count(host)));
        Assert.Equal((2, 3), Rounded(other.Count(host)));
        Assert.DoesNotContain(node.Log.Lines, l => l.Level >= LogLevel.Error || (l.Event == Left && l.Message.Contains("peer z", StringComparison.Ordinal)));
    }

    // Does not wait for the hold: "z" has no link with "b", so a batch of "b" that reached "z" through "a" keeps the barrier of "z" shut.
    private static void Register(ExchangeNode node, int times)
    {
        for (var i = 0; i < times; i++)
        {
            node.Throttle.Register(IpBlock.Of(IPAddress.Parse("198.51.100.1")), new("ann", "example.org"), new($"user{i}", "example.net"));
        }
    }

    // Whole units: counts decay while a loaded machine runs the test.
    private static (double, double) Rounded((double Own, double Others) count) => (Math.Round(count.Own), Math.Round(count.Others));
}
