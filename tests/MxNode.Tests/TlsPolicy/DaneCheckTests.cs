using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.TlsPolicy;

/// <summary>Certificates against TLSA records (RFC 7672, section 3.1): DANE-EE by the certificate alone, DANE-TA by chain, names and dates.</summary>
public sealed class DaneCheckTests
{
    private static readonly WebAuthority Authority = new();
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 0, 0, 0, TimeSpan.Zero);
    private static readonly X509Certificate2 Server = Authority.Issue("mail.example.com", "*.wild.example.com");
    private static readonly X509Certificate2Collection Chain = [Server, Authority.Intermediate, Authority.Root];

    [Fact]
    public void DANE_EE_matches_the_certificate_whatever_its_names_and_dates()
    {
        var expired = Authority.Issue(Now.AddYears(-2), Now.AddYears(-1), "other.test");
        Assert.Null(DaneCheck.Find(expired, [expired], [Spki(TlsaUsage.DaneEe, expired)], ["mail.example.com"], Now)!.Name);
        Assert.Null(DaneCheck.Find(expired, [expired], [Spki(TlsaUsage.DaneEe, Server)], ["other.test"], Now));

        // An authority's certificate in the chain is not the server's.
        Assert.Null(DaneCheck.Find(Server, Chain, [Spki(TlsaUsage.DaneEe, Authority.Intermediate)], ["mail.example.com"], Now));
    }

    [Fact]
    public void DANE_TA_matches_a_certificate_that_the_authority_has_issued_for_a_name()
    {
        foreach (var authority in new[] { Authority.Intermediate, Authority.Root })
        {
            Assert.Equal("mail.example.com", Find(Server, Chain, Spki(TlsaUsage.DaneTa, authority), "x.test", "mail.example.com")!.Name);
            Assert.Equal("a.wild.example.com", Find(Server, Chain, Spki(TlsaUsage.DaneTa, authority), "a.wild.example.com")!.Name);
            Assert.Null(Find(Server, Chain, Spki(TlsaUsage.DaneTa, authority), "other.example.com"));
            Assert.Null(Find(Server, Chain, Spki(TlsaUsage.DaneTa, authority), "a.b.wild.example.com"));
            Assert.Null(Find(Server, Chain, Spki(TlsaUsage.DaneTa, authority)));
        }

        // The chain may end below the root, where the record's authority is.
        Assert.NotNull(Find(Server, [Server, Authority.Intermediate], Spki(TlsaUsage.DaneTa, Authority.Intermediate), "mail.example.com"));
    }

    [Fact]
    public void The_authority_may_be_in_the_record_itself()
    {
        var held = Spki(TlsaUsage.DaneTa, Authority.Root) with { Selector = TlsaSelector.Cert, Matching = TlsaMatching.Full, Data = [.. Authority.Root.RawData] };
        Assert.NotNull(Find(Server, [Server, Authority.Intermediate], held, "mail.example.com"));
        Assert.Null(Find(Server, [Server, Authority.Intermediate], Spki(TlsaUsage.DaneTa, Authority.Root), "mail.example.com"));
    }

    [Fact]
    public void DANE_TA_does_not_match_the_servers_own_certificate()
    {
        Assert.Null(Find(Server, Chain, Spki(TlsaUsage.DaneTa, Server), "mail.example.com"));
        var alone = WebAuthority.SelfSigned("mail.example.com");
        Assert.Null(Find(alone, [alone], Spki(TlsaUsage.DaneTa, alone), "mail.example.com"));
    }

    [Theory]
    [InlineData(-2, -1)]
    [InlineData(1, 2)]
    public void DANE_TA_does_not_match_a_certificate_out_of_its_time(int from, int until)
    {
        var server = Authority.Issue(Now.AddYears(from), Now.AddYears(until), "mail.example.com");
        Assert.Null(Find(server, [server, Authority.Intermediate, Authority.Root], Spki(TlsaUsage.DaneTa, Authority.Root), "mail.example.com"));
    }

    [Fact]
    public void A_forged_chain_below_the_true_authority_does_not_match()
    {
        // The forger's authorities have the true ones' names, and he sends the true authority along.
        var forger = new WebAuthority();
        var forged = forger.Issue("mail.example.com");
        foreach (var authority in new[] { Authority.Intermediate, Authority.Root })
        {
            Assert.Null(Find(forged, [forged, Authority.Intermediate, Authority.Root], Spki(TlsaUsage.DaneTa, authority), "mail.example.com"));
            Assert.Null(Find(forged, [forged, forger.Intermediate, Authority.Root], Spki(TlsaUsage.DaneTa, authority), "mail.example.com"));
            Assert.Null(Find(forged, [forged, forger.Intermediate, forger.Root, Authority.Intermediate, Authority.Root], Spki(TlsaUsage.DaneTa, authority), "mail.example.com"));
        }
    }

    [Fact]
    public void A_server_of_the_authority_is_no_authority()
    {
        // The holder of any certificate of the authority could otherwise issue further ones.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=victim.example.com", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("victim.example.com");
        request.CertificateExtensions.Add(names.Build());
        using var signer = Server.GetECDsaPrivateKey();
        using var issued = request.Create(Server.SubjectName, X509SignatureGenerator.CreateForECDsa(signer!), Now.AddDays(-1), Now.AddDays(1), [1, 2, 3]);
        Assert.Null(Find(issued, [issued, Server, Authority.Intermediate, Authority.Root], Spki(TlsaUsage.DaneTa, Authority.Root), "victim.example.com"));
    }

    [Fact]
    public void A_match_serves_later_records_that_have_the_same_one()
    {
        var record = Spki(TlsaUsage.DaneTa, Authority.Root);
        var match = Find(Server, Chain, record, "mail.example.com")!;
        Assert.True(match.Satisfies(Answer(Spki(TlsaUsage.DaneEe, Server), record with { Ttl = 1 }), ["mail.example.com"]));
        Assert.False(match.Satisfies(Answer(record), ["other.example.com"]));
        Assert.False(match.Satisfies(Answer(Spki(TlsaUsage.DaneTa, Authority.Intermediate)), ["mail.example.com"]));
        Assert.False(match.Satisfies(Answer(record with { Usage = TlsaUsage.DaneEe }), ["mail.example.com"]));
        Assert.True(Find(Server, Chain, Spki(TlsaUsage.DaneEe, Server))!.Satisfies(Answer(Spki(TlsaUsage.DaneEe, Server)), ["any.test"]));
    }

    private static DaneAnswer Answer(params TlsaRecord[] records) => new(DaneStatus.Usable, "mail.example.com", [.. records]);

    private static DaneMatch? Find(X509Certificate2 server, X509Certificate2Collection presented, TlsaRecord record, params string[] names) =>
        DaneCheck.Find(server, presented, [record], names, Now);

    private static TlsaRecord Spki(TlsaUsage usage, X509Certificate2 certificate) =>
        new("_25._tcp.mail.example.com", 60, usage, TlsaSelector.Spki, TlsaMatching.Sha256, [.. SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())]);
}
