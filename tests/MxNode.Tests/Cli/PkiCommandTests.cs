using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Relay.Authentication;

namespace ThrottleNet.MxNode.Tests.Cli;

[Trait("Category", "Slow")]
public sealed class PkiCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Init_and_issue_write_the_files_that_a_node_needs_and_explain_each()
    {
        var init = await RunAsync("init", "--network", "test.net", "--out", "ca");
        Assert.Equal((0, ""), (init.ExitCode, init.Error));
        Assert.Equal(
            ["ca/authority.pem: give it to every node (Exchange:Authority)", "ca/authority.key: keep it secret, and on no node: it admits nodes to the network"],
            Lines(init));

        var issue = await RunAsync("issue", "--authority", "ca", "--name", "a", "--operator", "acme", "--host", "192.0.2.10", "--host", "a.test.net", "--days", "30", "--out", "a");
        Assert.Equal((0, ""), (issue.ExitCode, issue.Error));
        Assert.StartsWith("a/a.pem: Exchange:Certificate, valid until 20", Lines(issue)[0], StringComparison.Ordinal);
        Assert.Equal("a/a.key: Exchange:Key", Lines(issue)[1]);

        using var certificate = X509CertificateLoader.LoadCertificateFromFile(At("a/a.pem"));
        var authority = NetworkAuthority.Read(At("ca/authority.pem"));
        Assert.Equal("test.net", authority.Network);
        Assert.Null(authority.Reject(certificate, TimeProvider.System.GetUtcNow(), NetworkAuthority.ServerUse));
        Assert.Equal(("a", "acme"), (NodeIdentity.Of(certificate)!.Name, NodeIdentity.Of(certificate)!.Operator));
        Assert.True(certificate.MatchesHostname("192.0.2.10") && certificate.MatchesHostname("a.test.net"));
        Assert.InRange((certificate.NotAfter - TimeProvider.System.GetUtcNow()).TotalDays, 29, 30);
        Assert.All(new[] { "ca/authority.key", "a/a.key" }, key => Assert.False(PemFiles.IsOpenToOthers(At(key))));

        // Existing files are not overwritten. Only a renewal replaces the certificate, and keeps the key.
        var key = await File.ReadAllTextAsync(At("a/a.key"));
        var again = await RunAsync("issue", "--authority", "ca", "--name", "a", "--operator", "acme", "--host", "192.0.2.10", "--out", "a");
        Assert.Equal((1, ""), (again.ExitCode, again.Output));
        Assert.StartsWith("a/a.key exists and is not replaced", Assert.Single(again.ErrorLines), StringComparison.Ordinal);
        var anew = await RunAsync("init", "--network", "test.net", "--out", "ca");
        Assert.StartsWith("ca/authority.key exists and is not replaced", Assert.Single(anew.ErrorLines), StringComparison.Ordinal);
        var renewed = await RunAsync("issue", "--authority", "ca", "--name", "a", "--operator", "acme", "--host", "192.0.2.10", "--out", "a", "--renew");
        Assert.Equal((0, ""), (renewed.ExitCode, renewed.Error));
        using var next = X509CertificateLoader.LoadCertificateFromFile(At("a/a.pem"));
        Assert.Equal(NodeIdentity.Of(certificate), NodeIdentity.Of(next));
        Assert.NotEqual(certificate.SerialNumber, next.SerialNumber);
        Assert.Equal(key, await File.ReadAllTextAsync(At("a/a.key")));
    }

    [Fact]
    public async Task Arc_makes_a_key_once_and_prints_its_record()
    {
        var made = await RunAsync("arc", "--domain", "relay.test", "--out", "keys");
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        Assert.Equal("keys/arc.relay.test.key: Relay:Arc:Key; keep it secret", Lines(made)[0]);
        Assert.StartsWith("arc._domainkey.relay.test. IN TXT ( \"v=DKIM1; k=rsa; p=", Lines(made)[2], StringComparison.Ordinal);
        Assert.All(Lines(made)[2].Split('"').Where((_, i) => i % 2 == 1), part => Assert.InRange(part.Length, 1, 255));
        Assert.Null(ArcKey.WhatIsWrong(At("keys/arc.relay.test.key")));

        var again = await RunAsync("arc", "--domain", "relay.test", "--out", "keys");
        Assert.Equal((0, made.Output), (again.ExitCode, again.Output));
        var other = await RunAsync("arc", "--domain", "relay.test", "--selector", "arc2", "--out", "keys");
        Assert.StartsWith("arc2._domainkey.relay.test. IN TXT ( ", Lines(other)[2], StringComparison.Ordinal);
        Assert.NotEqual(Lines(made)[2][3..], Lines(other)[2][4..]);
    }

    [Theory]
    [InlineData("--domain: \"No\" is not a lower-case domain", "arc", "--domain", "No", "--out", "keys")]
    [InlineData("--network: \"no name\" is not a network name", "init", "--network", "no name", "--out", "ca")]
    [InlineData("--days: \"0\" is not a number of days", "init", "--network", "test.net", "--days", "0", "--out", "ca")]
    [InlineData("--name: \"../a\" is not a node name", "issue", "--authority", "ca", "--name", "../a", "--operator", "acme", "--host", "192.0.2.1", "--out", "a")]
    [InlineData("--operator: \" acme\" is not an operator's name", "issue", "--authority", "ca", "--name", "a", "--operator", " acme", "--host", "192.0.2.1", "--out", "a")]
    [InlineData("--host: \"a b\" is not a host", "issue", "--authority", "ca", "--name", "a", "--operator", "acme", "--host", "a b", "--out", "a")]
    [InlineData("Option '--host' is required", "issue", "--authority", "ca", "--name", "a", "--operator", "acme", "--out", "a")]
    public async Task Wrong_usage_exits_with_2_and_writes_nothing(string error, params string[] arguments)
    {
        var wrong = await RunAsync(arguments);
        Assert.Equal((2, ""), (wrong.ExitCode, wrong.Output));
        Assert.StartsWith(error, Assert.Single(wrong.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Addresses_that_mail_leaves_from_are_in_the_certificate_and_are_no_hosts()
    {
        await RunAsync("init", "--network", "test.net", "--out", "ca");
        var issue = await RunAsync("issue", "--authority", "ca", "--name", "a", "--operator", "acme", "--host", "192.0.2.10", "--egress", "192.0.2.11", "--egress", "2001:db8::11", "--out", "a");
        Assert.Equal((0, ""), (issue.ExitCode, issue.Error));
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(At("a/a.pem"));
        var names = SubjectAltNames.Of(certificate);
        Assert.Equal("192.0.2.10", string.Join(' ', names.Addresses));
        Assert.Equal("192.0.2.11 2001:db8::11", string.Join(' ', names.Egress));

        var wrong = await RunAsync("issue", "--authority", "ca", "--name", "b", "--operator", "acme", "--host", "192.0.2.10", "--egress", "mail.test.net", "--out", "b");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("\"mail.test.net\" is not an IP address", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issuing_without_an_authority_exits_with_1_and_prints_one_line()
    {
        var none = await RunAsync("issue", "--authority", "nowhere", "--name", "a", "--operator", "acme", "--host", "192.0.2.1", "--out", "a");
        Assert.Equal((1, ""), (none.ExitCode, none.Output));
        Assert.Contains("nowhere/authority.pem", Assert.Single(none.ErrorLines), StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("a")));
    }

    [Fact]
    public async Task The_error_names_a_file_that_is_not_a_certificate_or_key()
    {
        Directory.CreateDirectory(At("ca"));
        await File.WriteAllTextAsync(At("ca/authority.pem"), "nonsense");
        await File.WriteAllTextAsync(At("ca/authority.key"), "nonsense");
        var authority = await RunAsync("issue", "--authority", "ca", "--name", "a", "--operator", "acme", "--host", "192.0.2.1", "--out", "a");
        Assert.Equal((1, ""), (authority.ExitCode, authority.Output));
        Assert.StartsWith("ca/authority.pem and ca/authority.key are not a certificate and its key", Assert.Single(authority.ErrorLines), StringComparison.Ordinal);

        await RunAsync("init", "--network", "test.net", "--out", "good");
        Directory.CreateDirectory(At("a"));
        await File.WriteAllTextAsync(At("a/a.key"), "nonsense");
        var key = await RunAsync("issue", "--authority", "good", "--name", "a", "--operator", "acme", "--host", "192.0.2.1", "--out", "a", "--renew");
        Assert.Equal((1, ""), (key.ExitCode, key.Output));
        Assert.StartsWith("a/a.key is not a private key in PEM", Assert.Single(key.ErrorLines), StringComparison.Ordinal);
    }

    private static string[] Lines(ProcessResult result) => result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string At(string name) => Path.Combine(_folder.Path, name);

    [Fact]
    public async Task A_cluster_has_an_authority_of_its_own()
    {
        Assert.Equal(2, (await RunAsync("init", "--network", "x.test", "--cluster", "relays", "--out", _folder.File("both"))).ExitCode);
        Assert.Equal(2, (await RunAsync("init", "--out", _folder.File("neither"))).ExitCode);
        var init = await RunAsync("init", "--cluster", "relays", "--out", _folder.File("cluster"));
        Assert.Contains("Cluster:Authority", init.Output, StringComparison.Ordinal);
        var issue = await RunAsync("issue", "--authority", _folder.File("cluster"), "--name", "a", "--operator", "me", "--host", "10.0.0.1", "--out", _folder.File("cluster"));
        Assert.Contains("Cluster:Certificate", issue.Output, StringComparison.Ordinal);
        Assert.True(NetworkAuthority.Read(Path.Combine(_folder.File("cluster"), "authority.pem")) is { IsOfCluster: true, Network: "relays" });
    }

    private Task<ProcessResult> RunAsync(params string[] arguments) => CliNode.CommandAsync(_folder.Path, ["pki", .. arguments]);
}
