using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Tests.Pki;

public sealed class CertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public CertificateTests()
    {
        _authority = CertificateAuthority.Create("test.net", Now, TimeSpan.FromDays(100), ECDsa.Create(ECCurve.NamedCurves.nistP256));
        PemFiles.WriteCertificate(_folder.File("authority.pem"), _authority);
    }

    private NetworkAuthority Authority => NetworkAuthority.Read(_folder.File("authority.pem"));

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void An_issued_certificate_names_operator_node_and_hosts_and_is_for_client_and_server()
    {
        using var certificate = Issue();
        Assert.Equal(new NodeIdentity("acme, inc.", "a", NodeIdentity.Of(certificate)!.Origin), NodeIdentity.Of(certificate));
        Assert.Null(Authority.Reject(certificate, Now, NetworkAuthority.ServerUse));
        Assert.Null(Authority.Reject(certificate, Now, NetworkAuthority.ClientUse));
        Assert.True(certificate.MatchesHostname("192.0.2.1"));
        Assert.True(certificate.MatchesHostname("a.example.net"));
        Assert.False(certificate.MatchesHostname("b.example.net"));
        Assert.Equal("test.net", Authority.Network);
    }

    [Fact]
    public void A_certificate_is_valid_as_long_as_requested_but_no_longer_than_its_authority()
    {
        using var certificate = Issue(days: 10);
        Assert.Contains("only", Authority.Reject(certificate, Now.AddDays(11), NetworkAuthority.ClientUse), StringComparison.Ordinal);
        Assert.Contains("only", Authority.Reject(certificate, Now.AddDays(-1), NetworkAuthority.ClientUse), StringComparison.Ordinal);
        using var longer = Issue(days: 1000);
        Assert.Equal(_authority.NotAfter, longer.NotAfter);
    }

    [Fact]
    public void A_guards_certificate_is_for_a_client_only()
    {
        using var guard = new CertificateAuthority(_authority).Issue("g", "acme", [], Now, TimeSpan.FromDays(10), _key, guard: true);
        using var node = Issue();
        Assert.Equal((true, false), (NodeIdentity.IsGuard(guard), NodeIdentity.IsGuard(node)));
        Assert.Equal("g", NodeIdentity.Of(guard)!.Name);
        Assert.Null(Authority.Reject(guard, Now, NetworkAuthority.ClientUse));
        Assert.NotNull(Authority.Reject(guard, Now, NetworkAuthority.ServerUse));
    }

    [Fact]
    public void A_nodes_certificate_cannot_issue_others()
    {
        using var node = Issue();
        using var issuer = node.CopyWithPrivateKey(_key);
        var request = new CertificateRequest("O=acme, CN=b", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
        using var forged = request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), Now, Now.AddDays(1), [1]);
        Assert.NotNull(Authority.Reject(forged, Now, NetworkAuthority.ClientUse));
    }

    [Fact]
    public void An_authority_of_the_same_name_with_another_key_is_not_trusted()
    {
        using var other = CertificateAuthority.Create("test.net", Now, TimeSpan.FromDays(100), ECDsa.Create(ECCurve.NamedCurves.nistP256));
        using var certificate = new CertificateAuthority(other).Issue("a", "acme", ["192.0.2.1"], Now, TimeSpan.FromDays(1), _key);
        Assert.Contains("not by this network's authority", Authority.Reject(certificate, Now, NetworkAuthority.ClientUse), StringComparison.Ordinal);
    }

    [Fact]
    public void A_renewed_certificate_with_the_same_key_is_the_same_origin()
    {
        using var first = Issue();
        using var second = Issue(days: 20);
        Assert.Equal(NodeIdentity.Of(first), NodeIdentity.Of(second));
    }

    [Fact]
    public void A_certificate_without_an_operator_or_with_another_kind_of_key_gives_no_identity()
    {
        using var rsa = RSA.Create(2048);
        using var withRsa = new CertificateRequest("O=acme, CN=a", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(Now, Now.AddDays(1));
        using var nameless = new CertificateRequest("CN=a", _key, HashAlgorithmName.SHA256).CreateSelfSigned(Now, Now.AddDays(1));
        using var twice = new CertificateRequest("O=acme, O=other, CN=a", _key, HashAlgorithmName.SHA256).CreateSelfSigned(Now, Now.AddDays(1));
        using var large = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var withLarge = new CertificateRequest("O=acme, CN=a", large, HashAlgorithmName.SHA256).CreateSelfSigned(Now, Now.AddDays(1));
        Assert.All([withRsa, nameless, twice, withLarge], c => Assert.Null(NodeIdentity.Of(c)));
    }

    [Fact]
    public void A_key_file_is_readable_by_its_owner_only_and_is_never_overwritten()
    {
        var path = _folder.File("a.key");
        PemFiles.WriteNewKey(path, _key);
        Assert.False(PemFiles.IsOpenToOthers(path));
        Assert.Throws<IOException>(() => PemFiles.WriteNewKey(path, _key));
        using var read = PemFiles.ReadKey(path);
        Assert.Equal(_key.ExportSubjectPublicKeyInfo(), read.ExportSubjectPublicKeyInfo());
    }

    private X509Certificate2 Issue(int days = 10) =>
        new CertificateAuthority(_authority).Issue("a", "acme, inc.", ["192.0.2.1", "a.example.net"], Now, TimeSpan.FromDays(days), _key);

    [Theory]
    [InlineData("egress://198.51.100.7", "198.51.100.7")]
    [InlineData("egress://[2001:db8::7]", "2001:db8::7")]
    [InlineData("egress://elsewhere.test", null)]
    public void The_addresses_that_mail_leaves_from_are_in_the_certificate_apart_from_those_that_the_node_is_reached_by(string name, string? address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateAuthority(_authority).Issue("a", "operator-a", ["192.0.2.1", "a.net.test", name], Now, TimeSpan.FromDays(1), key);

        var hosts = SubjectAltNames.Of(certificate);
        Assert.Equal("192.0.2.1", string.Join(',', hosts.Addresses));
        Assert.Equal("a.net.test", string.Join(',', hosts.Names));
        Assert.Equal(address ?? "", string.Join(',', hosts.Egress));
        Assert.True(address is null || EgressNames.Of(IPAddress.Parse(address)) == name);
    }
}
