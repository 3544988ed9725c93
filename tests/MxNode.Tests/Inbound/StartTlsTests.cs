using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ThrottleNet.MxNode.Inbound;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>STARTTLS (RFC 3207).</summary>
public sealed class StartTlsTests
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_message_over_TLS_is_delivered_and_its_Received_field_says_so()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await StartTlsAsync(client);
        await client.TalkAsync(">MAIL FROM:<a@client.test>", "<503 5.5.1", ">EHLO client.test");
        var extensions = await client.ReplyAsync();
        Assert.DoesNotContain("STARTTLS", extensions, StringComparison.Ordinal);
        await client.SendAsync("MAIL FROM:<a@client.test>\r\nRCPT TO:<bob@example.com>\r\nRCPT TO:<ann@example.com>\r\nDATA\r\n");
        await client.TalkAsync("<250", "<250", "<250", "<354");
        await client.SendAsync(string.Concat(Enumerable.Repeat("a line of text\r\n", 20_000)) + ".\r\n");
        await client.TalkAsync("<250", ">QUIT", "<221");

        var text = Encoding.ASCII.GetString(Assert.Single(rig.Hop.Messages).Content);
        Assert.Contains("with ESMTPS id", text, StringComparison.Ordinal);
        Assert.Contains("(using Tls1", text, StringComparison.Ordinal);
        Assert.EndsWith("a line of text\r\n", text, StringComparison.Ordinal);
        Assert.Equal("CN=a.node.test", client.Certificate!.Subject);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Starttls_within_tls_is_503()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await StartTlsAsync(client);
        await client.TalkAsync(">EHLO client.test", "<250", ">STARTTLS", "<503 5.5.1", ">NOOP", "<250");
    }

    [Fact]
    public async Task Idle_within_tls_is_421()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await StartTlsAsync(client);
        await client.TalkAsync(">EHLO client.test", "<250", ">NOOP", "<250");
        await rig.Clock.PassAsync(TimeSpan.FromMinutes(5));
        await client.TalkAsync("<421 4.4.2");
    }

    [Fact]
    public async Task Anything_but_a_handshake_ends_the_connection()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">STARTTLS", "<220");
        await client.SendAsync("MAIL FROM:<injected@client.test>\r\nRCPT TO:<bob@example.com>\r\n");
        await client.ExpectEndOfGarbageAsync();
        Assert.Equal(0, rig.Hop.Connections);
    }

    [Fact]
    public async Task A_handshake_over_its_time_limit_ends_the_connection()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">STARTTLS", "<220");
        await rig.Clock.PassAsync(TimeSpan.FromSeconds(30));
        await client.ExpectEndOfGarbageAsync();
    }

    [Fact]
    public async Task A_client_that_disconnects_within_TLS_is_not_a_failure()
    {
        var gate = new Gate();
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? gate.ThenSay("250 2.1.5 ok") : null;
        var client = await rig.ConnectAsync();
        await StartTlsAsync(client);
        await client.TalkAsync(">EHLO client.test", "<250");
        await client.SendAsync("MAIL FROM:<a@client.test>\r\nRCPT TO:<bob@example.com>\r\n");
        await gate.ReachedAsync();
        client.Vanish();
        gate.Open();
        await rig.SessionsAsync();
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_self_signed_certificate_is_used_again_at_the_next_start()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await StartTlsAsync(client);
        Assert.True(File.Exists(Path.Combine(rig.DataDirectory, "smtp.pem")));
        var key = Path.Combine(rig.DataDirectory, "smtp.key");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
    }

    [Fact]
    public async Task Changed_PEM_files_are_reloaded_and_a_bad_pair_leaves_the_old_one_in_use()
    {
        using var folder = new TemporaryFolder();
        var (certificate, key) = (Path.Combine(folder.Path, "tls.pem"), Path.Combine(folder.Path, "tls.key"));
        Put("CN=first", certificate, key);
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { Certificate = certificate, Key = key } });
        rig.ExpectsErrors = true;
        Assert.Equal("CN=first", await ShownAsync(rig));

        Put("CN=second", certificate, key);
        Assert.Equal("CN=first", await ShownAsync(rig));
        rig.Clock.Advance(LookEvery);
        Assert.Equal("CN=second", await ShownAsync(rig));

        // A renewal in progress: the new certificate is there, its key is not yet.
        Put("CN=third", certificate, Path.Combine(folder.Path, "not-yet.key"));
        rig.Clock.Advance(LookEvery);
        Assert.Equal("CN=second", await ShownAsync(rig));
        Assert.Single(rig.Log.Lines, e => e.Event == 1006);
        File.Move(Path.Combine(folder.Path, "not-yet.key"), key, overwrite: true);
        rig.Clock.Advance(LookEvery);
        Assert.Equal("CN=third", await ShownAsync(rig));

        File.Delete(certificate);
        rig.Clock.Advance(LookEvery);
        Assert.Equal("CN=third", await ShownAsync(rig));
        await File.WriteAllTextAsync(certificate, "garbage");
        rig.Clock.Advance(LookEvery);
        Assert.Equal("CN=third", await ShownAsync(rig));
    }

    [Fact]
    public async Task A_client_that_names_a_host_gets_the_certificate_for_it_and_any_other_the_first()
    {
        using var folder = new TemporaryFolder();
        var authority = new WebAuthority();
        var first = Files("first", "a.node.test");
        var magic = Files("magic", "throttle-mx.relays.test", "*.throttle-mx.relays.test", "xn--bcher-kva.test");
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { Certificate = first.Certificate, Key = first.Key, Certificates = new Dictionary<string, string> { [magic.Certificate] = magic.Key } } });
        Assert.Equal("CN=a.node.test", await ShownAsync(rig));
        foreach (var name in new[] { "throttle-mx.relays.test", "b.throttle-mx.relays.test", "THROTTLE-MX.relays.test" })
        {
            Assert.Equal("CN=throttle-mx.relays.test", await ShownAsync(rig, name));
        }

        // The framework decodes an internationalized name of the handshake.
        Assert.Equal("CN=throttle-mx.relays.test", await ShownAsync(rig, "b\u00fccher.test"));
        Assert.Equal("CN=throttle-mx.relays.test", await ShownAsync(rig, "xn--bcher-kva.test"));
        Assert.Equal("CN=a.node.test", await ShownAsync(rig, "x.b.throttle-mx.relays.test"));
        Assert.Equal("CN=a.node.test", await ShownAsync(rig, "other.test"));
        Assert.Equal("CN=a.node.test", await ShownAsync(rig, "127.0.0.1")); // an address is never sent as SNI

        // The further ones are read again too, and one that cannot be read leaves those before in use.
        Files("magic", "throttle-mx.relays.test", "other.test");
        rig.Clock.Advance(LookEvery);
        Assert.Equal("CN=throttle-mx.relays.test", await ShownAsync(rig, "other.test"));
        rig.ExpectsErrors = true;
        await File.WriteAllTextAsync(magic.Certificate, "garbage");
        rig.Clock.Advance(LookEvery);
        Assert.Equal("CN=throttle-mx.relays.test", await ShownAsync(rig, "other.test"));

        (string Certificate, string Key) Files(string name, params string[] names)
        {
            var certificate = authority.Issue(names);
            return (folder.Write($"{name}.pem", authority.ChainPem(certificate)), folder.Write($"{name}.key", WebAuthority.KeyPem(certificate)));
        }
    }

    [Fact]
    public async Task A_self_signed_certificate_is_for_the_node_and_the_magic_names()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await StartTlsAsync(client);
        Assert.Equal(["a.node.test", "throttle-mx.test"], Assert.Single(client.Certificate!.Extensions.OfType<X509SubjectAlternativeNameExtension>()).EnumerateDnsNames());
    }

    [Fact]
    public void A_further_bad_pair_is_a_configuration_error()
    {
        using var folder = new TemporaryFolder();
        var garbage = folder.Write("garbage", "garbage");
        var options = new SmtpOptions { Certificates = new Dictionary<string, string> { [garbage] = garbage, [folder.File("none")] = garbage } };
        Assert.Equal(2, options.Validate("Smtp").Count(line => line.StartsWith("Smtp:Certificates: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_a_readable_certificate_STARTTLS_is_454_and_mail_passes_without_TLS()
    {
        using var folder = new TemporaryFolder();
        await using var rig = await StartWithBadPairAsync(folder);
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">STARTTLS", "<454 4.7.0", ">MAIL FROM:<a@client.test>", "<250");
    }

    [Fact]
    public async Task A_bad_pair_is_read_and_logged_once_in_five_seconds_for_any_number_of_EHLO()
    {
        using var folder = new TemporaryFolder();
        await using var rig = await StartWithBadPairAsync(folder);
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220");
        for (var i = 0; i < 10; i++)
        {
            await client.TalkAsync(">EHLO client.test", "<250");
            rig.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(rig.Log.Lines, e => e.Event == 1006);
        var file = folder.File("tls.pem");
        Put("CN=mended", file, Path.Combine(folder.Path, "tls.key"));
        File.AppendAllText(file, "\n" + await File.ReadAllTextAsync(Path.Combine(folder.Path, "tls.key")));
        rig.Clock.Advance(LookEvery);
        Assert.Equal("CN=mended", await ShownAsync(rig));
    }

    [Fact]
    public void A_bad_pair_is_a_configuration_error()
    {
        using var folder = new TemporaryFolder();
        var (certificate, key) = (Path.Combine(folder.Path, "tls.pem"), Path.Combine(folder.Path, "tls.key"));
        Put("CN=one", certificate, key);
        var options = new SmtpOptions { Certificate = certificate, Key = key };
        Assert.Empty(options.Validate("Smtp"));
        Put("CN=two", certificate, Path.Combine(folder.Path, "other.key"));
        Assert.Contains("are no certificate and its key", Assert.Single(options.Validate("Smtp")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_self_signed_pair_that_is_damaged_is_made_again()
    {
        await using var rig = await InboundRig.StartAsync();
        Assert.Equal("CN=a.node.test", await ShownAsync(rig));
        await File.WriteAllTextAsync(Path.Combine(rig.DataDirectory, "smtp.key"), "damaged");
        rig.Clock.Advance(LookEvery);
        Assert.Equal("CN=a.node.test", await ShownAsync(rig));
        Assert.Contains("PRIVATE KEY", await File.ReadAllTextAsync(Path.Combine(rig.DataDirectory, "smtp.key")), StringComparison.Ordinal);
    }

    private static async Task<string> ShownAsync(InboundRig rig, string host = "a.node.test")
    {
        var client = await rig.ConnectAsync();
        await StartTlsAsync(client, host);
        return client.Certificate!.Subject;
    }

    private static async Task StartTlsAsync(RawClient client, string host = "a.node.test")
    {
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">STARTTLS", "<220");
        await client.StartTlsAsync(host);
    }

    private static void Put(string subject, string certificate, string key)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var signed = new CertificateRequest(subject, pair, HashAlgorithmName.SHA256).CreateSelfSigned(from, from.AddYears(10));
        File.WriteAllText(certificate, signed.ExportCertificatePem());
        File.WriteAllText(key, pair.ExportPkcs8PrivateKeyPem());

        // A copy may keep its source's time, and two writes may fall into one tick of the file system's clock.
        File.SetLastWriteTimeUtc(certificate, from.UtcDateTime);
        File.SetLastWriteTimeUtc(key, from.UtcDateTime);
    }

    private static async Task<InboundRig> StartWithBadPairAsync(TemporaryFolder folder)
    {
        var file = folder.Write("tls.pem", "garbage");
        var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { Certificate = file, Key = file } });
        rig.ExpectsErrors = true;
        return rig;
    }
}
