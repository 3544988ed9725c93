using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.MxNode.Trust.Feed;
using ThrottleNet.Protocol.Trust.Wire;
using ThrottleNet.TrustList.Feed;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;
using static ThrottleNet.MxNode.Tests.Trust.Feed.TrustingNetwork;

namespace ThrottleNet.MxNode.Tests.Trust.Feed;

/// <summary>A member of the network whose feed frames the test writes itself, valid or malformed.</summary>
[Trait("Category", "Slow")]
public sealed class HostileFeedTests : IAsyncLifetime, IDisposable
{
    private readonly TrustingNetwork _network = new();
    private ExchangeNode _node = null!;
    private GrpcChannel _channel = null!;

    public async Task InitializeAsync()
    {
        await _network.SayAsync("a", Enrol("192.0.2.0/24"));
        _node = await _network.StartAsync("a");
        var (certificate, key) = _network.Pki.Issue("m", "operator-m");
        _channel = PeerTransport.CreateChannel(new Uri($"https://{_node.Address}"), PeerTransport.CreateHandler(new()
        {
            ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)],
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(_network.Pki.Authority) },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        }), 4 * 1024 * 1024);
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _node.DisposeAsync();
    }

    public void Dispose() => _network.Dispose();

    [Fact]
    public async Task The_feed_works_in_both_directions_with_a_peer_without_a_link()
    {
        using var call = Open();
        var head = Assert.Single((await ReadAsync<HeadsFrame>(call)).Heads);
        Assert.Equal((_network.Root.Public.Id, 1), (head.Author, head.Seq));
        await WriteAsync(call, new HeadsFrame([]));
        await WriteAsync(call, new LogWantFrame(head.Author, 0, true));
        var answer = await ReadAsync<LinesFrame>(call);
        Assert.Equal(head, answer.End);
        Assert.True(SignedStatement.TryParse(Assert.Single(answer.Lines), out var first, out _));
        Assert.True(first.IsSignedBy(_network.Root.Public));

        var next = SignedStatement.Sign(Revoke("192.0.2.0/24"), _network.Root, first.Head, TimeProvider.System.GetUtcNow());
        await WriteAsync(call, new HeadsFrame([head with { Seq = 2, Hash = next.Head.Hash }]));
        Assert.Equal(new LogWantFrame(head.Author, 1, false), await ReadAsync<LogWantFrame>(call));
        await WriteAsync(call, new LinesFrame(head.Author) { Lines = [next.Line], End = head with { Seq = 2, Hash = next.Head.Hash } });
        await TrustsAsync(_node, "192.0.2.1", false);
        using var other = Open();
        Assert.Equal(2, Assert.Single((await ReadAsync<HeadsFrame>(other)).Heads).Seq);
    }

    [Fact]
    public async Task A_peer_that_sends_forged_lines_is_cut_off_and_the_node_goes_on()
    {
        using (var call = Open())
        {
            var head = Assert.Single((await ReadAsync<HeadsFrame>(call)).Heads);
            using var thief = SigningKey.Create();
            var forged = SignedStatement.Sign(Enrol("198.51.100.0/24"), thief, new LogHead(1, head.Hash, default), TimeProvider.System.GetUtcNow());
            await WriteAsync(call, new HeadsFrame([head with { Seq = 2, Hash = forged.Head.Hash }]));
            await ReadAsync<LogWantFrame>(call);
            await WriteAsync(call, new LinesFrame(head.Author) { Lines = [forged.Line], End = head with { Seq = 2, Hash = forged.Head.Hash } });
            await EndsAsync(call, StatusCode.InvalidArgument);
        }

        await _node.Log.LineAsync(4182, "peer m of operator-m is cut off for 00:10:00: it sent a line of which it is another author's");
        using (var again = Open())
        {
            await EndsAsync(again, StatusCode.PermissionDenied);
        }

        // Other peers are not affected.
        await using var b = await _network.StartAsync("b", _node.Address);
        await TrustsAsync(b, "192.0.2.1", true);
        Assert.False(_node.Services.GetRequiredService<TrustBook>().Find(IPAddress.Parse("198.51.100.1")) is not null);
    }

    [Theory]
    [InlineData("malformed")]
    [InlineData("not asked for")]
    public async Task A_peer_that_sends_malformed_frames_is_cut_off(string what)
    {
        using var call = Open();
        await ReadAsync<HeadsFrame>(call);
        await call.RequestStream.WriteAsync(what == "malformed"
            ? new TrustFrame { Want = new TrustWant { Author = ByteString.CopyFromUtf8("nobody") } }
            : FeedWire.Write(new LinesFrame(_network.Root.Public.Id) { Lines = ["x"u8.ToArray()] }));
        await EndsAsync(call, StatusCode.InvalidArgument);
    }

    [Fact]
    public async Task A_frame_over_the_limit_ends_the_call()
    {
        using var call = Open();
        await ReadAsync<HeadsFrame>(call);
        try
        {
            await call.RequestStream.WriteAsync(new TrustFrame { Lines = new TrustLines { Lines = { ByteString.CopyFrom(new byte[1024 * 1024 + 1]) } } });
        }
        catch (Exception e) when (e is RpcException or IOException or OperationCanceledException or InvalidOperationException)
        {
            // The node has not read all of the frame.
        }

        await EndsAsync(call, StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task The_number_of_calls_of_one_peer_is_bounded()
    {
        List<AsyncDuplexStreamingCall<TrustFrame, TrustFrame>> calls = [];
        for (var i = 0; i < 4; i++)
        {
            calls.Add(Open());
            await ReadAsync<HeadsFrame>(calls[^1]);
        }

        using (var fifth = Open())
        {
            await EndsAsync(fifth, StatusCode.ResourceExhausted);
        }

        foreach (var call in calls)
        {
            call.Dispose();
        }
    }

    private AsyncDuplexStreamingCall<TrustFrame, TrustFrame> Open() => new TrustFeed.TrustFeedClient(_channel).Sync();

    private static async Task<T> ReadAsync<T>(AsyncDuplexStreamingCall<TrustFrame, TrustFrame> call)
    {
        Assert.True(FeedWire.TryRead((await call.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience))!, out var frame));
        return Assert.IsType<T>(frame);
    }

    private static async Task EndsAsync(AsyncDuplexStreamingCall<TrustFrame, TrustFrame> call, StatusCode status)
    {
        var end = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience) is not null)
            {
            }
        });
        Assert.Equal(status, end.StatusCode);
    }

    private static async Task WriteAsync(AsyncDuplexStreamingCall<TrustFrame, TrustFrame> call, FeedFrame frame) => await call.RequestStream.WriteAsync(FeedWire.Write(frame));
}
