using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Exchange;
using Frame = ThrottleNet.Protocol.Exchange.Frame;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>Neighbours that do not read the batches that a node passes on.</summary>
public sealed class SlowPeerTests : ExchangeTests
{
    private const long OnOneLink = 32 * 1024 * 1024;
    private const long OnAllLinks = 256 * 1024 * 1024;

    [Theory]
    [InlineData(1, 14)] // more than the queue of one link holds
    [InlineData(9, 11)] // less, but more than the queues of all links hold together
    public async Task Neighbours_that_do_not_read_are_cut_off_with_a_reason_and_the_others_stay(int readers, int origins)
    {
        await using var node = await StartAsync("a");
        var inputs = node.Services.GetRequiredService<ExchangeInputs>();
        var carrier = node.Services.GetRequiredService<LinkCarrier>();
        using var source = Link(carrier, "carrier", stuck: false);
        var slow = Enumerable.Range(0, readers).Select(i => Link(carrier, $"slow{i}", stuck: true)).ToList();
        foreach (var link in slow.Prepend(source))
        {
            await PostAsync(link, new HelloFrame(1, 1, "test.net", link.Peer.Member.Origin, 1, "", Urgent: false));
            await node.JoinedAsync(link.Peer.Title);
        }

        foreach (var name in Enumerable.Range(0, origins).Select(i => $"origin{i}"))
        {
            var (certificate, file) = Pki.Issue(name, "operator-" + name);
            using var identity = X509Certificate2.CreateFromPemFile(certificate, file);
            using var key = identity.GetECDsaPrivateKey()!;
            var origin = PeerAdmission.MemberOf(identity)!.Value.Member.Origin;
            await PostAsync(source, new CredentialFrame(identity.RawData));
            for (ulong seq = 1; seq <= 58; seq++)
            {
                var batch = PuppetLink.LongBatch(key, origin, seq);
                await PostAsync(source, new DeliveryFrame(batch, Repair: false, Age: 0));
                foreach (var link in slow)
                {
                    // The first is announced to it: now it wants all of them, and keeps saying that it lives.
                    await PostAsync(link, seq == 1 ? new GraftFrame([batch.AnnounceId]) : new AckFrame(0, 0, 0, 0));
                }
            }
        }

        await node.Log.LineAsync(4012, "refused: reads too slowly");
        var left = await inputs.AskAsync((core, _) => core.Neighbours.Select(p => p.Link).ToList(), []).WaitAsync(ExchangeNode.Patience);
        Assert.Contains(source.Peer.Id, left);
        var kept = slow.Where(s => left.Contains(s.Peer.Id)).ToList();
        Assert.Equal(readers - 1, kept.Count);
        Assert.All(kept, s => Assert.InRange(s.Peer.Queued, 1, OnOneLink));
        Assert.InRange(kept.Sum(s => s.Peer.Queued), 0, OnAllLinks);
        await Task.WhenAll(slow.Except(kept).Select(s => s.Carried)).WaitAsync(ExchangeNode.Patience);
        Assert.DoesNotContain(node.Log.Lines, l => l.Level >= LogLevel.Error);

        foreach (var link in slow.Prepend(source))
        {
            link.Peer.Abort();
            await link.Carried.WaitAsync(ExchangeNode.Patience);
            link.Dispose();
        }

        async Task PostAsync(Puppet link, Frame frame) => Assert.True(await inputs.PostAsync((core, now) => core.Receive(now, link.Peer.Id, frame, 1000)));
    }

    // A link without a network: the test posts its frames, and it accepts sent frames at once or never.
    private Puppet Link(LinkCarrier carrier, string name, bool stuck)
    {
        var (certificate, _) = Pki.Issue(name, "operator-" + name);
        using var loaded = X509CertificateLoader.LoadCertificateFromFile(certificate);
        var (identity, member) = PeerAdmission.MemberOf(loaded)!.Value;
        var link = new PeerLink(carrier.NextId(), identity, member, connectedTo: null, TimeProvider.System);
        return new Puppet(link, carrier.CarryAsync(link, ReadAsync, (_, _) => stuck ? NeverAsync() : Task.CompletedTask, static () => Task.CompletedTask));

        async ValueTask<Wire.Frame?> ReadAsync()
        {
            await NeverAsync();
            return null;
        }

        Task NeverAsync() => new TaskCompletionSource().Task.WaitAsync(link.Aborted);
    }

    private sealed record Puppet(PeerLink Peer, Task Carried) : IDisposable
    {
        public void Dispose() => Peer.Dispose();
    }
}
