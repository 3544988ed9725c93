using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>A peer with a valid certificate breaks the protocol: the node logs the reason, and goes on.</summary>
public sealed class HostileLinkTests : ExchangeTests
{
    private const int Left = 4011;
    private const int Refused = 4012;
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.9"));

    [Theory]
    [InlineData(false, "sent a message larger than 1048576 octets")]
    [InlineData(true, "sent a message larger than 1048576 octets after decompression")]
    public async Task A_message_that_is_too_large_packed_or_unpacked_ends_the_link_with_a_reason(bool compress, string reason)
    {
        await using var node = await StartAsync("a");
        await using var link = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b"), compress);
        await link.JoinAsync(node, "b of operator-b");
        await TryWriteAsync(link, new Wire.Frame { Credential = new Wire.Credential { Certificate = ByteString.CopyFrom(new byte[3 * 1024 * 1024]) } });
        await node.Log.LineAsync(Refused, $"b of operator-b refused: {reason}");
        await GoesOnAsync(node);
    }

    [Fact]
    public async Task A_link_whose_reading_fails_in_an_unforeseen_way_is_over_for_the_core_too()
    {
        await using var node = await StartAsync("a");
        var (path, key) = Pki.Issue("b", "operator-b");
        using var certificate = X509Certificate2.CreateFromPemFile(path, key);
        var (identity, member) = PeerAdmission.MemberOf(certificate)!.Value;
        var carrier = node.Services.GetRequiredService<LinkCarrier>();
        using var link = new PeerLink(carrier.NextId(), identity, member, null, TimeProvider.System);
        await Assert.ThrowsAsync<NotSupportedException>(() => carrier.CarryAsync(
            link, () => throw new NotSupportedException(), (_, _) => Task.CompletedTask, () => Task.CompletedTask));
        Assert.Empty((await node.Services.GetRequiredService<Neighbours>().DescribeAsync()).Peers);
        await GoesOnAsync(node);
    }

    [Fact]
    public async Task Batches_of_an_origin_over_its_budget_are_left_out_and_logged()
    {
        await using var node = await StartAsync("a");
        await using var link = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b"));
        await link.JoinAsync(node, "b of operator-b");
        for (ulong seq = 1; seq <= 100; seq++)
        {
            await link.SendAsync(link.LargeBatch(seq));
        }

        await node.Log.LineAsync(Refused, "b of operator-b refused: OriginOverBudget");
        await GoesOnAsync(node);
    }

    [Fact]
    public async Task A_repeated_batch_counts_once_and_a_batch_of_an_old_epoch_does_not_count()
    {
        await using var node = await StartAsync("a");
        await using var link = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b"));
        await link.JoinAsync(node, "b of operator-b");
        var batch = link.Batch(seq: 1, quarters: 4, epoch: 10);
        await link.SendAsync(batch);
        await link.SendAsync(batch);
        await link.SendAsync(link.Batch(seq: 1, quarters: 4, epoch: 11));
        for (ulong seq = 1; seq <= 3; seq++)
        {
            await link.SendAsync(link.Batch(seq, quarters: 40, epoch: 1));
        }

        await node.Log.LineAsync(Refused, "b of operator-b refused: OldEpoch");
        await GoesOnAsync(node);
        Assert.Equal((0, 2), (node.Count(Host).Own, Math.Round(node.Count(Host).Others)));
        Assert.Single(node.Log.Lines, l => l.Event == Refused);
    }

    [Fact]
    public async Task Batches_of_unknown_origins_are_logged_once()
    {
        await using var node = await StartAsync("a");
        await using var link = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b"));
        await link.JoinAsync(node, "b of operator-b");
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        for (ulong origin = 1; origin <= 50; origin++)
        {
            await link.SendAsync(PuppetLink.Sign(key, new(origin, origin), seq: 1, quarters: 40));
        }

        await link.SendAsync(link.Batch(seq: 1, quarters: 4, epoch: 10));
        await link.SendAsync(link.Batch(seq: 1, quarters: 4, epoch: 11));
        await link.SendAsync(link.Batch(seq: 1, quarters: 4, epoch: 1));
        await node.Log.LineAsync(Refused, "OldEpoch");
        Assert.Single(node.Log.Lines, l => l.Event == Refused && l.Message.Contains("UnknownOrigin", StringComparison.Ordinal));
        await GoesOnAsync(node);
    }

    [Fact]
    public async Task A_batch_with_a_wrong_signature_ends_its_link_with_a_reason()
    {
        await using var node = await StartAsync("a");
        await using var link = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b"));
        await link.JoinAsync(node, "b of operator-b");
        using var innocent = X509CertificateLoader.LoadCertificateFromFile(Pki.Issue("c", "operator-c").Certificate);
        var forged = link.Batch(seq: 1, quarters: 40);
        var key = forged.Key with { Origin = PeerAdmission.MemberOf(innocent)!.Value.Member.Origin };
        await link.WriteAsync(FrameWriter.Write(new CredentialFrame(innocent.RawData)));
        await link.SendAsync(new Batch(key, forged.Time, forged.Body, forged.Signature));
        await node.Log.LineAsync(Refused, "b of operator-b refused: BadSignature");
        await node.Log.LineAsync(Left, "peer b of operator-b left: Malformed");
        Assert.Equal((0, 0), node.Count(Host));
        await GoesOnAsync(node);
    }

    [Fact]
    public async Task A_signed_batch_with_a_malformed_body_is_left_out_and_logged()
    {
        await using var node = await StartAsync("a");
        await using var link = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b"));
        await link.JoinAsync(node, "b of operator-b");
        await link.SendAsync(link.Garbage(seq: 1));
        await link.SendAsync(link.Batch(seq: 2, quarters: 4));
        await node.Log.LineAsync(Refused, "b of operator-b refused: BadBody");
        await GoesOnAsync(node);
        Assert.Equal((0, 1), (node.Count(Host).Own, Math.Round(node.Count(Host).Others)));
    }

    [Fact]
    public async Task A_peer_without_a_Hello_gets_a_Goodbye_with_a_reason()
    {
        await using var node = await StartAsync("a");
        await using var link = await PuppetLink.OpenAsync(node, Pki.Issue("b", "operator-b"));
        await node.Log.LineAsync(Refused, "b of operator-b refused: Malformed");
        Assert.Equal(Wire.Goodbye.Types.Reason.Malformed, (await link.ReadAsync())?.Goodbye?.Reason);
        await GoesOnAsync(node);
    }

    // The node may end the link while the test still writes.
    private static async Task TryWriteAsync(PuppetLink link, Wire.Frame frame)
    {
        try
        {
            await link.WriteAsync(frame);
        }
        catch (Exception e) when (e is RpcException or IOException or OperationCanceledException or InvalidOperationException)
        {
            // The test asserts the node's log only.
        }
    }

    // Another node joins, and its counts arrive.
    private async Task GoesOnAsync(ExchangeNode node)
    {
        var host = IpBlock.Of(IPAddress.Parse("198.51.100.1"));
        await using var other = await StartAsync("z", node.Address);
        await Task.WhenAll(other.JoinedAsync("a of operator-a"), node.JoinedAsync("z of operator-z"));
        other.Throttle.Register(host, new("ann", "example.org"), new("bob", "example.net"));
        await node.KnowsAsync(host, others: 1);
        Assert.Equal(1, Math.Round(node.Count(host).Others));
        Assert.DoesNotContain(node.Log.Lines, l => l.Level >= LogLevel.Error);
        Assert.True(node.Services.GetRequiredService<ExchangeStatus>().IsReady);
    }
}
