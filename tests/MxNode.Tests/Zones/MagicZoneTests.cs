using System.Net;
using ThrottleNet.MxNode.Zones;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Zones;

public sealed class MagicZoneTests
{
    private readonly ZoneRig _rig = new ZoneRig().WithNodes("192.0.2.1", "192.0.2.2", "2001:db8::1");

    [Theory]
    [InlineData("throttle-mx.test")]
    [InlineData("example-com.throttle-mx.test")]
    [InlineData("any.thing.throttle-mx.test")]
    [InlineData("1.2.0.192.throttle-mx.test")]
    public void The_name_and_all_names_under_it_have_the_addresses_of_live_nodes(string name)
    {
        Assert.Equal(["192.0.2.1", "192.0.2.2"], Addresses(_rig.Ask(name, DnsType.A)));
        Assert.Equal(["2001:db8::1"], Addresses(_rig.Ask(name, DnsType.Aaaa)));
        Assert.NotEmpty(_rig.Ask(name, DnsType.Any).Answers);
        ZoneRig.AssertNothing(_rig.Ask(name, DnsType.Mx), ZoneRig.Magic);
        ZoneRig.AssertNothing(_rig.Ask(name, DnsType.Txt), ZoneRig.Magic);
    }

    [Fact]
    public void A_node_that_is_down_is_not_in_the_answers()
    {
        _rig.WithNodes("192.0.2.2");
        Assert.Equal(["192.0.2.2"], Addresses(_rig.Ask(ZoneRig.Magic, DnsType.A)));
        ZoneRig.AssertNothing(_rig.Ask(ZoneRig.Magic, DnsType.Aaaa), ZoneRig.Magic);
    }

    [Fact]
    public void Without_any_live_node_the_answer_is_SERVFAIL()
    {
        _rig.WithNodes();
        Assert.Equal(DnsResponseCode.ServerFailure, _rig.Ask(ZoneRig.Magic, DnsType.A).ResponseCode);
        Assert.Equal(DnsResponseCode.ServerFailure, _rig.Ask("example-com.throttle-mx.test", DnsType.Aaaa).ResponseCode);
        ZoneRig.AssertNothing(_rig.Ask(ZoneRig.Magic, DnsType.Mx), ZoneRig.Magic);
    }

    [Fact]
    public void An_answer_has_eight_of_many_addresses_chosen_anew_and_fits_512_octets()
    {
        _rig.WithNodes(Enumerable.Range(1, 50).SelectMany(i => new[] { $"192.0.2.{i}", $"2001:db8::{i}" }));
        foreach (var (type, name) in new[] { (DnsType.A, ZoneRig.Magic), (DnsType.Aaaa, $"{new string('x', 63)}.{new string('y', 63)}.{ZoneRig.Magic}") })
        {
            var seen = new HashSet<string>();
            for (var i = 0; i < 100; i++)
            {
                var answer = _rig.Ask(name, type);
                var addresses = Addresses(answer);
                Assert.Equal(8, addresses.Distinct().Count());
                seen.UnionWith(addresses);
                Assert.True(answer.Write(new byte[DnsMessage.MaxLength]) <= DnsMessage.MinUdpLength);
            }

            Assert.True(seen.Count > 40);
        }
    }

    [Fact]
    public void A_nodes_own_name_has_its_own_addresses()
    {
        _rig.Nodes.Replace([new([IPAddress.Parse("192.0.2.1")], ["b.throttle-mx.test", "throttle-mx.test"]), new([], ["c.throttle-mx.test"])], IPAddress.Parse("192.0.2.2"));
        Assert.Equal(["192.0.2.1"], Addresses(_rig.Ask("b.throttle-mx.test", DnsType.A)));
        ZoneRig.AssertNothing(_rig.Ask("b.throttle-mx.test", DnsType.Aaaa), ZoneRig.Magic);
        Assert.Equal(["192.0.2.1", "192.0.2.2"], Addresses(_rig.Ask("throttle-mx.test", DnsType.A)));
        Assert.Equal(["192.0.2.1", "192.0.2.2"], Addresses(_rig.Ask("c.throttle-mx.test", DnsType.A)));
    }

    [Fact]
    public void Address_records_have_a_TTL_of_30_seconds()
    {
        Assert.Equal([30u, 30u], _rig.Ask(ZoneRig.Magic, DnsType.A).Answers.Select(record => record.Ttl));
        Assert.True(30 < Zone.LongestTtl);
    }

    private static IEnumerable<string> Addresses(DnsMessage answer)
    {
        Assert.Equal(DnsResponseCode.NoError, answer.ResponseCode);
        Assert.True(answer.IsAuthoritative);
        Assert.NotEmpty(answer.Answers);
        Assert.All(answer.Answers, record => Assert.Equal((answer.Questions[0].Name, answer.Questions[0].Type), (record.Name, record.Type)));
        return answer.Answers.Cast<AddressRecord>().Select(record => record.Address.ToString()).Order(StringComparer.Ordinal);
    }
}
