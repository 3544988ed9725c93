using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Tls;

/// <summary>The relay's own TLS, as OpenSSL's s_client and testssl.sh see it.</summary>
public sealed class RelayTlsTests
{
    private const string Own = NodeProcess.HostName, Magic = "throttle-mx.relays.test";

    private static readonly string[] Serious = ["HIGH", "CRITICAL"];

    [NeedsFact("openssl")]
    public async Task A_client_gets_the_certificate_for_the_host_that_it_names_also_after_a_renewal()
    {
        using var folder = new TemporaryFolder();
        await using var node = await StartAsync(folder);
        Assert.Contains($"CN = {Own}", await AskAsync(node, "-noservername"), StringComparison.Ordinal);
        Assert.Contains($"CN = {Own}", await AskAsync(node, "-servername", Own), StringComparison.Ordinal);
        Assert.Contains($"CN = {Own}", await AskAsync(node, "-servername", "other.test"), StringComparison.Ordinal);
        Assert.Contains($"CN = {Magic}", await AskAsync(node, "-servername", Magic), StringComparison.Ordinal);

        WriteCertificate(folder, "magic", new WebAuthority("Renewed"), Magic);
        await node.ReloadAsync();
        Assert.Contains("CN = Renewed Issuing", await AskAsync(node, "-servername", Magic), StringComparison.Ordinal);
        await node.StopAsync();
    }

    [NeedsFact("openssl")]
    public async Task No_session_is_resumed_and_old_versions_and_suites_are_refused()
    {
        using var folder = new TemporaryFolder();
        await using var node = await StartAsync(folder);
        Assert.DoesNotContain("NewSessionTicket", await AskAsync(node, "-tls1_2", "-msg"), StringComparison.Ordinal);
        foreach (var version in new[] { "-tls1_2", "-tls1_3" })
        {
            var session = folder.File("session.pem");
            Assert.Contains("New, TLS", await AskAsync(node, version, "-sess_out", session), StringComparison.Ordinal);
            Assert.DoesNotContain("Reused", await AskAsync(node, File.Exists(session) ? [version, "-sess_in", session] : [version, "-reconnect"]), StringComparison.Ordinal);
            File.Delete(session);
        }

        foreach (var refused in new[] { new[] { "-tls1_1" }, ["-tls1"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"], ["-tls1_2", "-cipher", "AES128-GCM-SHA256"] })
        {
            Assert.DoesNotContain("Cipher is TLS", await AskAsync(node, [.. refused, "-cipher", "ALL:@SECLEVEL=0", .. refused]), StringComparison.Ordinal);
        }

        await node.StopAsync();
    }

    [NeedsTheory("testssl", "openssl")]
    [InlineData("--protocols", "--std", "--fs", "--server-preference")]
    [InlineData("--server-defaults")]
    [InlineData("--heartbleed", "--ccs-injection", "--ticketbleed", "--robot", "--renegotiation", "--compression", "--poodle", "--sweet32", "--beast", "--lucky13", "--freak", "--logjam", "--drown", "--rc4")]
    public async Task Testssl_has_no_serious_finding(params string[] checks)
    {
        using var folder = new TemporaryFolder();
        await using var node = await StartAsync(folder);
        var report = folder.File("report.json");
        var result = await Tool.RunAsync(
            "testssl", ["--quiet", "--warnings", "off", "--color", "0", "--ip", "one", "--add-ca", folder.File("root.pem"), "--jsonfile", report, .. checks, "--starttls", "smtp", $"{node.SmtpHost}:{node.SmtpPort}"],
            patience: Eventually.LongPatience);
        Assert.True(File.Exists(report), result.ToString());
        var findings = JsonElement.Parse(await File.ReadAllTextAsync(report)).EnumerateArray().Select(finding => (Id: Text(finding, "id"), Severity: Text(finding, "severity"), Finding: Text(finding, "finding"))).ToList();
        Assert.True(findings.Count > 3, result.ToString());

        // The test's node has an address for a name, and an authority of the test's own without revocation lists.
        Assert.Empty(findings.Where(f => Serious.Contains(f.Severity) && f.Id is not ("cert_trust" or "cert_chain_of_trust" or "cert_revocation")).Select(f => $"{f.Severity} {f.Id}: {f.Finding}"));
        Assert.DoesNotContain(findings, f => f.Id == "scanProblem" || f.Severity == "FATAL");
        await node.StopAsync();
    }

    private static string Text(JsonElement finding, string name) => finding.GetProperty(name).GetString()!;

    private static Task<NodeProcess> StartAsync(TemporaryFolder folder)
    {
        var authority = new WebAuthority();
        folder.Write("root.pem", authority.Root.ExportCertificatePem() + "\n");
        WriteCertificate(folder, "own", authority, Own);
        WriteCertificate(folder, "magic", authority, Magic);
        return NodeProcess.StartAsync(
            folder,
            $"Smtp:Certificate={folder.File("own.pem")}", $"Smtp:Key={folder.File("own.key")}", $"Smtp:Certificates:{folder.File("magic.pem")}={folder.File("magic.key")}",
            "Smtp:MaxErrors=1000");
    }

    private static void WriteCertificate(TemporaryFolder folder, string name, WebAuthority authority, string host)
    {
        var certificate = authority.Issue(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(89), host);
        folder.Write($"{name}.pem", authority.ChainPem(certificate));
        folder.Write($"{name}.key", WebAuthority.KeyPem(certificate));
    }

    private static async Task<string> AskAsync(NodeProcess node, params string[] options)
    {
        var result = await Tool.RunAsync("openssl", ["s_client", "-starttls", "smtp", "-connect", $"{node.SmtpHost}:{node.SmtpPort}", .. options], "QUIT\r\n");
        return result.Output + result.Error;
    }
}
