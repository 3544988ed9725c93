using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>What the domain's SPF record says of relays.</summary>
public sealed class SpfRecordCheckTests
{
    [Theory]
    [InlineData("v=spf1 mx -all", FindingLevel.Warn, "allows the relay 127.", "replace mx")]
    [InlineData("v=spf1 +all", FindingLevel.Warn, "allows the relay 127.", "replace mx")]
    [InlineData("v=spf1 a:mail.example.com -all", FindingLevel.Pass, "does not allow the relay 127.")]
    [InlineData("v=spf1 ~all", FindingLevel.Pass, "does not allow the relay 127.")]
    [InlineData("v=spf1 nonsense:", FindingLevel.Warn, "is in error")]
    internal async Task A_record_must_not_allow_the_relays(string record, FindingLevel level, params string[] words)
    {
        await using var world = new DoctorWorld();
        world.Dns.With(new TxtRecord(DoctorWorld.Domain, 60, record));
        var report = await world.ExpectAsync(level, "spf", words);
        Assert.True(report.Healthy);
    }

    [Fact]
    public async Task A_domain_without_a_record_and_a_DNS_that_does_not_answer()
    {
        await using var world = new DoctorWorld();
        await world.ExpectAsync(FindingLevel.Pass, "spf", "has no SPF record");
        world.Dns.Fails(DoctorWorld.Domain, DnsType.Txt);
        await world.ExpectAsync(FindingLevel.Warn, "spf", "cannot be looked up");
    }

    [Fact]
    public async Task The_mechanism_mx_is_found_before_the_magic_MX_is_published()
    {
        await using var world = new DoctorWorld().Publish((10, DoctorWorld.Mail));
        world.Dns.With(new TxtRecord(DoctorWorld.Domain, 60, "v=spf1 mx -all"));
        world.Viewpoint = world.Viewpoint with { AsIf = DoctorWorld.Magic };
        await world.ExpectAsync(FindingLevel.Warn, "spf", "allows the relay 127.");
    }
}
