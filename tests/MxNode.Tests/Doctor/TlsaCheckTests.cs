using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>TLSA records of the magic and of the real MX, each wrong in one way.</summary>
public sealed class TlsaCheckTests
{
    [Fact]
    public async Task Hosts_without_records()
    {
        await using var world = new DoctorWorld();
        await world.ExpectAsync(FindingLevel.Pass, "dane", $"no TLSA records for {DoctorWorld.Magic}, {DoctorWorld.Mail}");
    }

    [Theory]
    [InlineData(DoctorWorld.Magic)]
    [InlineData(DoctorWorld.Mail)]
    public async Task A_record_of_the_key_or_of_another_one(string exchange)
    {
        await using var world = new DoctorWorld();
        var right = (exchange == DoctorWorld.Magic ? world.Relay : world.Server).Certificate!;
        world.Dns.With(RecordOf(world, exchange, right));
        await world.ExpectAsync(FindingLevel.Pass, "dane", $"{exchange} has TLSA records, and its certificates fit (whether DNSSEC proves them was not checked: Dns:TrustAd is off)");

        await using var other = new DoctorWorld();
        other.Dns.With(RecordOf(other, exchange, right));
        await other.ExpectAsync(FindingLevel.Fail, "dane", $"{exchange} (", $"does not fit the TLSA records of {exchange}");
    }

    [Fact]
    public async Task A_record_of_the_authority()
    {
        await using var world = new DoctorWorld();
        world.Server.Certificate = world.Authority.Issue("other.example.com");
        world.Dns.With(RecordOf(world, DoctorWorld.Mail, world.Server.Certificate, TlsaUsage.DaneTa));
        await world.ExpectAsync(FindingLevel.Fail, "dane", $"does not fit the TLSA records of {DoctorWorld.Mail}");
    }

    [Fact]
    public async Task A_host_with_records_and_without_TLS()
    {
        await using var world = new DoctorWorld();
        world.Dns.With(RecordOf(world, DoctorWorld.Mail, world.Server.Certificate!));
        world.Server.Offers = ["XCLIENT ADDR"];
        await world.ExpectAsync(FindingLevel.Fail, "dane", $"does not fit the TLSA records of {DoctorWorld.Mail}");
    }

    [Fact]
    public async Task Records_that_no_sender_uses()
    {
        await using var world = new DoctorWorld { TrustAd = true };
        world.Dns.With(RecordOf(world, DoctorWorld.Mail, world.Server.Certificate!));
        await world.ExpectAsync(FindingLevel.Warn, "dane", $"{DoctorWorld.Mail} has TLSA records that DNSSEC does not prove");

        await using var unusable = new DoctorWorld();
        unusable.Dns.With(RecordOf(unusable, DoctorWorld.Mail, unusable.Server.Certificate!, TlsaUsage.PkixEe));
        await unusable.ExpectAsync(FindingLevel.Warn, "dane", "none that mail can use", "3 1 1");
    }

    [Fact]
    public async Task Records_that_cannot_be_looked_up()
    {
        await using var world = new DoctorWorld();
        world.Dns.Fails($"_{world.Port}._tcp.{DoctorWorld.Magic}", DnsType.Tlsa);
        await world.ExpectAsync(FindingLevel.Warn, "dane", $"the TLSA records of {DoctorWorld.Magic} cannot be looked up");
    }

    private static TlsaRecord RecordOf(DoctorWorld world, string exchange, X509Certificate2 certificate, TlsaUsage usage = TlsaUsage.DaneEe) =>
        new($"_{world.Port}._tcp.{exchange}", 60, usage, TlsaSelector.Spki, TlsaMatching.Sha256, [.. SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())]);
}
