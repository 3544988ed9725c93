using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Exchange;
using Wire = ThrottleNet.Protocol.Exchange.Wire;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>Which certificates the node accepts, and what it logs when it refuses a peer.</summary>
public sealed class AdmissionTests : ExchangeTests
{
    private const int Refused = 4012;

    [Fact]
    public async Task A_peer_without_a_certificate_is_refused()
    {
        await using var node = await StartAsync("a");
        await Assert.ThrowsAsync<RpcException>(() => CallAsync(node, null));
        await node.Log.LineAsync(Refused, "127.0.0.1 refused: showed no certificate");
    }

    [Fact]
    public async Task A_peer_with_another_networks_certificate_is_refused_even_if_that_network_has_the_same_name()
    {
        using var other = new TestPki();
        await using var node = await StartAsync("a");
        await Assert.ThrowsAsync<RpcException>(() => CallAsync(node, Load(other.Issue("b", "operator-b"))));
        await node.Log.LineAsync(Refused, "not by this network's authority");
    }

    [Fact]
    public void Checking_a_certificate_downloads_nothing_and_asks_nobody()
    {
        var policy = NetworkAuthority.Read(Pki.Authority).Policy(TimeProvider.System.GetUtcNow(), NetworkAuthority.ServerUse);
        Assert.True(policy.DisableCertificateDownloads);
        Assert.Equal((X509RevocationMode.NoCheck, X509ChainTrustMode.CustomRootTrust), (policy.RevocationMode, policy.TrustMode));
    }

    [Fact]
    public async Task A_peer_with_an_expired_certificate_is_refused()
    {
        await using var node = await StartAsync("a");
        var issued = Pki.Issue("b", "operator-b", validity: TimeSpan.FromDays(1), at: TimeProvider.System.GetUtcNow().AddDays(-3));
        await Assert.ThrowsAsync<RpcException>(() => CallAsync(node, Load(issued)));
        await node.Log.LineAsync(Refused, "only"); // is valid from ... to ... only
    }

    [Fact]
    public async Task A_node_refuses_a_called_peer_whose_certificate_is_for_another_host()
    {
        Pki.Issue("a", "operator-a", host: "192.0.2.1");
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b", a.Address);
        await b.Log.LineAsync(Refused, "does not contain 127.0.0.1");
    }

    [Fact]
    public async Task A_malformed_frame_ends_its_link_only()
    {
        await using var node = await StartAsync("a");
        using (var good = await LinkAsync(node, "b"))
        {
            await good.RequestStream.WriteAsync(new Wire.Frame { Hello = new Wire.Hello { Network = "test.net", Address = new string('x', 300) } });
            await Assert.ThrowsAnyAsync<Exception>(async () => await EndAsync(good));
        }

        await node.Log.LineAsync(Refused, "b of operator-b refused: Malformed");
        await using var c = await StartAsync("c", node.Address);
        await c.JoinedAsync("a of operator-a");
        Assert.DoesNotContain(node.Log.Lines, l => l.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_peer_whose_Hello_names_another_node_is_dropped()
    {
        await using var node = await StartAsync("a");
        using var link = await LinkAsync(node, "b");
        await link.RequestStream.WriteAsync(FrameWriter.Write(new HelloFrame(1, 1, "test.net", new(1, 2), 1, "", Urgent: false)));
        await Assert.ThrowsAnyAsync<Exception>(async () => await EndAsync(link));
        await node.Log.LineAsync(Refused, "b of operator-b refused: WrongIdentity");
    }

    [Fact]
    public async Task Links_end_when_the_authority_of_their_certificate_is_removed_from_the_file()
    {
        using var next = new TestPki();
        var (certificate, key) = Pki.Issue("a", "operator-a");
        File.Copy(key, next.File("a.key"));
        File.Copy(next.Issue("a", "operator-a").Certificate, certificate, overwrite: true);
        var old = File.ReadAllText(Pki.Authority);
        File.WriteAllText(Pki.Authority, File.ReadAllText(next.Authority) + old);
        await using var a = await StartAsync("a");
        await using var b = await PuppetLink.OpenAsync(a, Pki.Issue("b", "operator-b"));
        await b.WriteAsync(FrameWriter.Write(b.Hello()));
        await a.JoinedAsync("b of operator-b");

        File.Copy(next.Authority, Pki.Authority, overwrite: true);
        await a.Log.LineAsync(4011, "peer b of operator-b left: its certificate is not of this network any more");
    }

    [Fact]
    public void A_member_is_valid_as_long_as_its_certificate()
    {
        using var certificate = Load(Pki.Issue("b", "operator-b"));
        Assert.Equal(new DateTimeOffset(certificate.NotAfter).ToUnixTimeMilliseconds(), PeerAdmission.MemberOf(certificate)!.Value.Member.ValidUntil);
    }

    [Fact]
    public async Task A_certificate_that_is_passed_on_has_one_spelling()
    {
        await using var node = await StartAsync("a");
        using var certificate = Load(Pki.Issue("b", "operator-b"));
        var admission = node.Services.GetRequiredService<PeerAdmission>();
        Assert.NotNull(admission.Admit(certificate.RawData));
        Assert.Null(admission.Admit(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem())));
        Assert.Null(admission.Admit((byte[])[.. certificate.RawData, 0]));
    }

    [Fact]
    public async Task A_certificate_of_another_network_keeps_the_node_from_starting()
    {
        using var other = new TestPki("other.net");
        var (certificate, key) = other.Issue("a", "operator-a");
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => StartAsync("a", [], c => c with
        {
            Exchange = c.Exchange with { Certificate = certificate, Key = key },
        }));
        Assert.Contains("not by this network's authority", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_key_keeps_the_node_from_starting()
    {
        File.WriteAllText(Pki.File("garbage"), "nothing of the kind");
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => StartAsync("a", [], c => c with
        {
            Exchange = c.Exchange with { Key = Pki.File("garbage") },
        }));
        Assert.Contains("make it with the pki command", failure.Message, StringComparison.Ordinal);
    }

    private static X509Certificate2 Load((string Certificate, string Key) files) => X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);

    private static GrpcChannel Channel(ExchangeNode node, X509Certificate2? certificate)
    {
        var handler = PeerTransport.CreateHandler(new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, server, _, _) => server?.Subject.Contains("CN=a", StringComparison.Ordinal) == true,
            ClientCertificates = certificate is null ? null : [certificate],
            LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
        });
        return PeerTransport.CreateChannel(new Uri($"https://{node.Address}"), handler, ExchangeLimits.FrameSize);
    }

    private static async Task CallAsync(ExchangeNode node, X509Certificate2? certificate)
    {
        using var channel = Channel(node, certificate);
        using var call = new Wire.Exchange.ExchangeClient(channel).Link();
        await call.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience);
    }

    private static async Task EndAsync(AsyncDuplexStreamingCall<Wire.Frame, Wire.Frame> link)
    {
        while (await link.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience) is not null)
        {
        }

        throw new EndOfStreamException();
    }

    private async Task<AsyncDuplexStreamingCall<Wire.Frame, Wire.Frame>> LinkAsync(ExchangeNode node, string name)
    {
        var call = new Wire.Exchange.ExchangeClient(Channel(node, Load(Pki.Issue(name, "operator-" + name)))).Link();
        Assert.Equal(Wire.Frame.KindOneofCase.Hello, (await call.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience))!.KindCase);
        return call;
    }
}
