using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Zones;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Zones;

public sealed class SightingZoneTests
{
    private readonly ZoneRig _rig = new ZoneRig().With(ZoneRig.Entry("198.51.100.0/24")).WithNodes("203.0.113.9");

    [Fact]
    public void Each_fact_is_an_address_record_and_the_text_names_them()
    {
        Assert.Equal([SightingZone.Trusted], Facts("198.51.100.1"));
        Assert.Equal([SightingZone.Relay], Facts("203.0.113.9"));
        _rig.Count("192.0.2.7", 1);
        Assert.Equal([SightingZone.Seen], Facts("192.0.2.7"));
        _rig.Count("198.51.100.1", 1);
        Assert.Equal([SightingZone.Trusted, SightingZone.Seen], Facts("198.51.100.1"));
        Assert.Equal("trusted seen", Text("198.51.100.1"));
        Assert.Equal("seen", Text("192.0.2.7"));
        _rig.Count("192.0.2.7", 500);
        Assert.Matches("^seen minutes=[1-9][0-9]*$", Text("192.0.2.7"));
    }

    [Fact]
    public void An_unknown_host_has_no_name_and_that_is_soon_asked_again()
    {
        var answer = Ask("192.0.2.8");
        Assert.Equal(DnsResponseCode.NameError, answer.ResponseCode);
        var soa = Assert.IsType<SoaRecord>(Assert.Single(answer.Authorities));
        Assert.Equal((5u, 5u), (soa.Ttl, soa.Minimum));
    }

    [Fact]
    public void The_test_points_are_as_in_any_list_and_a_subnet_is_seen_as_a_whole()
    {
        Assert.Equal([SightingZone.Relay, SightingZone.Trusted, SightingZone.Seen], Facts("127.0.0.2"));
        Assert.Equal(DnsResponseCode.NameError, Ask("127.0.0.1").ResponseCode);
        _rig.Count("2001:db8::1", 1);
        Assert.Equal([SightingZone.Seen], Facts("2001:db8::ffff"));
        Assert.Equal(DnsResponseCode.NameError, Ask("2001:db8:0:1::1").ResponseCode);
    }

    [Fact]
    public void An_unknown_sighting_is_SERVFAIL()
    {
        _rig.With(new TrustEntry { Network = IPNetwork.Parse("192.0.2.9/32"), Author = "root" });
        Assert.Equal([SightingZone.Trusted], Facts("192.0.2.9"));
        _rig.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(DnsResponseCode.ServerFailure, Ask("192.0.2.9").ResponseCode);
        Assert.Equal(DnsResponseCode.NameError, Ask("192.0.2.8").ResponseCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2.0.192.")]
    public void Names_without_an_address_have_no_records(string labels) => Assert.Empty(_rig.Ask(labels + ZoneRig.Sightings, DnsType.A).Answers);

    private DnsMessage Ask(string address, DnsType type = DnsType.A) => _rig.Ask($"{ReverseName.Labels(IPAddress.Parse(address))}.{ZoneRig.Sightings}", type);

    private IEnumerable<IPAddress> Facts(string address)
    {
        var answer = Ask(address);
        Assert.All(answer.Answers, record => Assert.Equal(Zone.LongestTtl, record.Ttl));
        return answer.Answers.Cast<AddressRecord>().Select(record => record.Address);
    }

    private string Text(string address) => Assert.IsType<TxtRecord>(Assert.Single(Ask(address, DnsType.Txt).Answers)).Text;
}
