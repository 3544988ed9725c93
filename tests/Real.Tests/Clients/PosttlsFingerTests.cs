using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Clients;

/// <summary>posttls-finger, Postfix's tool to inspect a server's TLS.</summary>
public sealed class PosttlsFingerTests
{
    [NeedsFact("posttls-finger")]
    public async Task A_changed_certificate_is_used_without_a_restart()
    {
        using var folder = new TemporaryFolder();
        var first = WriteCertificate(folder, "one.relays.test");
        await using var node = await NodeProcess.StartAsync(folder, $"Smtp:Certificate={folder.File("tls.pem")}", $"Smtp:Key={folder.File("tls.key")}");

        Assert.Contains(first, await FingerAsync(node), StringComparison.Ordinal);
        var second = WriteCertificate(folder, "two.relays.test");
        var seen = await Eventually.FindAsync("the new certificate", async () => await FingerAsync(node) is { } output && output.Contains(second, StringComparison.Ordinal) ? output : null);
        Assert.Contains("subject_CN=two.relays.test", seen, StringComparison.Ordinal);
        await node.StopAsync();
    }

    [NeedsFact("posttls-finger")]
    public async Task A_node_without_a_certificate_creates_one_and_keeps_it()
    {
        using var folder = new TemporaryFolder();
        var seen = new List<string>();
        for (var start = 0; start < 2; start++)
        {
            await using var node = await NodeProcess.StartAsync(folder);
            var output = await FingerAsync(node);
            Assert.Contains($"subject_CN={NodeProcess.HostName}", output, StringComparison.Ordinal);
            Assert.Contains("TLSv1.3 with cipher TLS_AES_", output, StringComparison.Ordinal);
            seen.Add(output.Split(" fingerprint=")[1].Split(',')[0]);
            await node.StopAsync();
        }

        Assert.Equal(seen[0], seen[1]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("data/smtp.key")));
    }

    // The certificate need not be trusted: encryption without authentication is better than none (RFC 7435).
    private static async Task<string> FingerAsync(NodeProcess node)
    {
        var result = await Tool.RunAsync("posttls-finger", "-l", "may", "-L", "summary,certmatch", "-d", "sha256", $"[{node.SmtpHost}]:{node.SmtpPort}");
        return result.Expect(0).Output + result.Error;
    }

    // Returns the fingerprint as Postfix writes it.
    private static string WriteCertificate(TemporaryFolder folder, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        folder.Write("tls.key", key.ExportPkcs8PrivateKeyPem());
        folder.Write("tls.pem", certificate.ExportCertificatePem());
        return string.Join(':', Convert.ToHexString(SHA256.HashData(certificate.RawData)).Chunk(2).Select(c => new string(c)));
    }
}
