using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class NextHopTlsTests
{
    private static readonly X509Certificate2 SelfSigned = MakeCertificate();

    private const string V4 = "127.0.0.1", V6 = "::1";

    private static ScriptedHop TlsHop(string address = V4) =>
        new(new IPEndPoint(IPAddress.Parse(address), 0)) { Offers = ["PIPELINING", "STARTTLS"], Certificate = SelfSigned };

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hop.test", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));

        // Not every platform's TLS can use a key that is not persisted.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    [Fact]
    public async Task TLS_is_used_if_offered_and_the_certificate_is_checked_for_the_log()
    {
        await using var rig = new RelayRig();
        await using var hop = TlsHop();

        var (_, result) = await rig.SendAsync(hop);
        var (_, second) = await rig.SendAsync(hop);

        Assert.Equal(250, result!.Reply.Code);
        Assert.Equal([true, true], hop.Messages.Select(message => message.Tls));
        Assert.Equal(["greeting", "EHLO a.node.test", "STARTTLS", "EHLO a.node.test"], hop.Commands(0).Take(4));
        Assert.StartsWith("Tls1", result.Tls!.Protocol, StringComparison.Ordinal);
        Assert.NotNull(result.Tls.CertificateProblem);
        Assert.Equal(result.Tls, second!.Tls);
        Assert.Equal(1, hop.Connections);
        Assert.Single(rig.Log.Lines, entry => entry.Event == 3002);
    }

    [Fact]
    public async Task After_a_failed_handshake_the_next_hop_is_connected_to_without_TLS()
    {
        await using var rig = new RelayRig();
        await using var hop = TlsHop();
        hop.Script = (step, _) => step == "tls" ? HopAction.Raw("this is not TLS, and never will be\r\n") : null;

        var (_, result) = await rig.SendAsync(hop);

        Assert.Equal(250, result!.Reply.Code);
        Assert.Null(result.Tls);
        Assert.Equal(1, hop.Messages.Single().Connection);
        Assert.DoesNotContain("STARTTLS", hop.Commands(1));
        Assert.Single(rig.Log.Lines, entry => entry.Event == 3003);
    }

    [Theory]
    [InlineData(V4, "hangs up")]
    [InlineData(V4, "stalls")]
    [InlineData(V6, "hangs up")]
    [InlineData(V6, "stalls")]
    public async Task After_an_aborted_handshake_the_next_hop_is_connected_to_without_TLS(string address, string what)
    {
        await using var rig = new RelayRig(RelayRig.OnlyHelloTimesOut);
        await using var hop = TlsHop(address);
        hop.Script = (step, _) => step == "tls" ? what == "stalls" ? HopAction.Stall : HopAction.HangUp : null;

        var (_, result) = await rig.RunOutOfTimeAsync(rig.SendAsync(hop), hop.Stalled, untilLogged: 3003);

        Assert.Equal(250, result!.Reply.Code);
        Assert.False(hop.Messages.Single().Tls);
    }

    [Theory]
    [InlineData(V4, "STARTTLS", "hangs up")]
    [InlineData(V4, "STARTTLS", "stalls")]
    [InlineData(V4, "STARTTLS", "says 421")]
    [InlineData(V4, "second EHLO", "hangs up")]
    [InlineData(V4, "second EHLO", "refuses")]
    [InlineData(V6, "STARTTLS", "hangs up")]
    [InlineData(V6, "STARTTLS", "stalls")]
    [InlineData(V6, "STARTTLS", "says 421")]
    [InlineData(V6, "second EHLO", "hangs up")]
    [InlineData(V6, "second EHLO", "refuses")]
    public async Task After_a_failure_from_STARTTLS_to_the_second_EHLO_TLS_is_not_tried_for_minutes(string address, string stage, string what)
    {
        await using var rig = new RelayRig(RelayRig.OnlyHelloTimesOut);
        await using var hop = TlsHop(address);
        var asked = 0;
        hop.Script = (step, number) =>
        {
            asked += step == "STARTTLS" ? 1 : 0;
            var fails = stage == "STARTTLS" ? step == "STARTTLS" : step[..2] is "EH" or "HE" && hop.Commands(number).Contains("STARTTLS");
            return !fails ? null : what switch
            {
                "stalls" => HopAction.Stall,
                "says 421" => HopAction.SayAndHangUp("421 4.7.0 not now"),
                "refuses" => HopAction.Say("503 5.5.1 what"),
                _ => HopAction.HangUp,
            };
        };

        var (_, result) = await rig.RunOutOfTimeAsync(rig.SendAsync(hop), hop.Stalled, untilLogged: 3003);
        Assert.Equal(250, result!.Reply.Code);
        Assert.Null(result.Tls);

        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(250, (await rig.SendAsync(hop)).Result!.Reply.Code);
        Assert.Equal(1, asked);
        hop.Script = (step, _) =>
        {
            asked += step == "STARTTLS" ? 1 : 0;
            return null;
        };
        rig.Clock.Advance(HopMemory.Life);
        Assert.Equal(250, (await rig.SendAsync(hop)).Result!.Reply.Code);
        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData(V4, SslProtocols.Tls12)]
    [InlineData(V4, SslProtocols.Tls13)]
    [InlineData(V6, SslProtocols.Tls12)]
    [InlineData(V6, SslProtocols.Tls13)]
    public async Task A_session_over_TLS_ends_with_QUIT_and_close_notify(string address, SslProtocols protocol)
    {
        await using var rig = new RelayRig();
        await using var hop = TlsHop(address);
        RecordingStream? records = null;
        var over = new TaskCompletionSource();
        hop.TlsVersions = protocol;
        hop.RecordTls = stream => records = new RecordingStream(stream);
        hop.Script = (step, _) => step != "QUIT" ? null : new HopAction("reads on", async link =>
        {
            await link.SayAsync("221 2.0.0 bye\r\n");
            Assert.Null(await link.ReadLineAsync());
            over.SetResult();
        });
        Assert.True((await rig.SendAsync(hop)).Result!.Tls is not null);

        rig.Clock.Advance(new RelayOptions().IdleTimeout);
        await over.Task.WaitAsync(Eventually.Patience);

        // RFC 8446, section 6.1; RFC 5246, section 7.2.1.
        Assert.True(TlsRecord.All([.. records!.Seen])[^1].IsAlert(protocol));
    }

    [Fact]
    public async Task After_a_refused_STARTTLS_the_session_goes_on_without_TLS()
    {
        await using var rig = new RelayRig();
        await using var hop = TlsHop();
        hop.Script = (step, _) => step == "STARTTLS" ? HopAction.Say("454 4.7.0 not now") : null;

        var (_, result) = await rig.SendAsync(hop);

        Assert.Equal(250, result!.Reply.Code);
        Assert.Equal(1, hop.Connections);
        Assert.Null(result.Tls);
    }

    [Fact]
    public async Task Plaintext_after_the_reply_to_STARTTLS_is_discarded()
    {
        await using var rig = new RelayRig();
        await using var hop = TlsHop();
        hop.Script = (step, _) => step == "STARTTLS" ? HopAction.Raw("220 2.0.0 go\r\n250-hop.test\r\n250 XCLIENT ADDR\r\n", isPositive: true) : null;

        var (_, result) = await rig.SendAsync(hop);

        Assert.Equal(250, result!.Reply.Code);
        Assert.True(hop.Messages.Single().Tls);
        Assert.DoesNotContain(hop.Log, line => line.Contains("XCLIENT", StringComparison.Ordinal));
        Assert.Single(rig.Log.Lines, entry => entry.Event == 3004);
    }

    [Fact]
    public async Task Large_texts_pass_TLS_unchanged()
    {
        await using var rig = new RelayRig();
        await using var hop = TlsHop();
        var seed = Random.Shared.Next();
        var content = RelayTransactionTests.RandomText(new Random(seed), 1_000_000);
        await using var transaction = rig.Begin(hop);
        await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com"), default);
        await using var text = rig.Text(content);

        await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default);

        var arrived = hop.Messages.Single().Content;
        Assert.True(arrived.AsSpan().SequenceEqual([.. RelayRig.Header, .. content]), $"seed {seed}");
    }

    [Fact]
    public async Task XCLIENT_is_sent_after_TLS()
    {
        await using var rig = new RelayRig();
        await using var hop = TlsHop();
        hop.Offers = [.. hop.Offers, "XCLIENT ADDR"];

        await rig.SendAsync(hop);

        Assert.Equal(
            ["greeting", "EHLO a.node.test", "STARTTLS", "EHLO a.node.test", "XCLIENT ADDR=192.0.2.55", "EHLO mail.alice.test"],
            hop.Commands(0).Take(6));
    }
}
