using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Tests.Dns;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.MxNode.Zones;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Zones;

public sealed class ZoneServerTests
{
    private readonly ZoneRig _rig = new();

    [Theory]
    [InlineData("list.test")]
    [InlineData("throttle-mx.test")]
    public void A_zone_has_its_SOA_and_its_servers(string zone)
    {
        _rig.Nodes.Replace([
            new([IPAddress.Parse("192.0.2.1")], ["a.throttle-mx.test", "throttle-mx.test"]),
            new([IPAddress.Parse("192.0.2.2"), IPAddress.Parse("2001:db8::2")], ["b.throttle-mx.test", "b.internal"]),
        ]);

        var soa = ZoneRig.AssertOne<SoaRecord>(_rig.Ask(zone, DnsType.Soa));
        Assert.Equal(("a.throttle-mx.test", "hostmaster." + zone), (soa.PrimaryServer, soa.Mailbox));
        var ns = _rig.Ask(zone, DnsType.Ns);
        Assert.Equal(["a.throttle-mx.test", "b.throttle-mx.test"], ns.Answers.Cast<NsRecord>().Select(record => record.Server));
        Assert.Equal(
            ["a.throttle-mx.test 192.0.2.1", "b.throttle-mx.test 192.0.2.2", "b.throttle-mx.test 2001:db8::2"],
            ns.Additionals.Cast<AddressRecord>().Select(record => $"{record.Name} {record.Address}"));
        ZoneRig.AssertOne<SoaRecord>(_rig.Ask(zone, DnsType.Any));
        ZoneRig.AssertNothing(_rig.Ask(zone, DnsType.Mx), zone);
    }

    [Fact]
    public void Configured_name_servers_are_the_zones_servers()
    {
        var rig = new ZoneRig("ns1.example.net", "ns2.example.net");
        Assert.Equal("ns1.example.net", ZoneRig.AssertOne<SoaRecord>(rig.Ask(ZoneRig.List, DnsType.Soa)).PrimaryServer);
        Assert.Equal(["ns1.example.net", "ns2.example.net"], rig.Ask(ZoneRig.List, DnsType.Ns).Answers.Cast<NsRecord>().Select(record => record.Server));
    }

    [Fact]
    public void An_overloaded_node_answers_SERVFAIL_and_lists_nobody()
    {
        _rig.With(ZoneRig.Entry("192.0.2.0/24")).WithNodes("192.0.2.1");
        _rig.IsOverloaded = true;
        foreach (var name in new[] { ZoneRig.Magic, ZoneRig.List, "1.2.0.192.list.test", "2.0.0.127.list.test" })
        {
            var answer = _rig.Ask(name, DnsType.A);
            Assert.Equal((DnsResponseCode.ServerFailure, 0), (answer.ResponseCode, answer.Answers.Length));
        }

        Assert.Equal(DnsResponseCode.Refused, _rig.Ask("example.com", DnsType.A).ResponseCode);
    }

    [Fact]
    public void No_answer_is_more_than_ten_times_as_long_as_its_query()
    {
        _rig.Nodes.Replace([.. Enumerable.Range(1, 20).Select(i =>
            new SubjectAltNames([.. new[] { $"192.0.2.{i}", $"198.51.100.{i}", $"2001:db8::{i}" }.Select(IPAddress.Parse)], [$"node-{i}.throttle-mx.test"]))]);
        _rig.With(ZoneRig.Entry("192.0.2.0/24") with { Organisation = new string('x', 300) });
        var buffer = new byte[DnsMessage.MaxLength];
        foreach (var name in new[] { ZoneRig.Magic, ZoneRig.List, "1.2.0.192.list.test", "node-1.throttle-mx.test" })
        {
            foreach (var type in new[] { DnsType.A, DnsType.Aaaa, DnsType.Any, DnsType.Ns, DnsType.Soa, DnsType.Txt })
            {
                var answer = _rig.Ask(name, type);
                var query = new DnsMessage { Questions = answer.Questions };
                Assert.InRange(answer.Write(buffer), 0, 10 * query.Write(buffer));
            }
        }
    }

    [Fact]
    public void The_most_specific_zone_answers() =>
        ZoneRig.AssertNothing(_rig.WithNodes("192.0.2.1").Ask("1.2.0.198.list.throttle-mx.test", DnsType.A), "list.throttle-mx.test", DnsResponseCode.NameError);

    [Theory]
    [InlineData("example.com", DnsType.A, 1)]
    [InlineData("", DnsType.Ns, 1)]
    [InlineData("test", DnsType.Soa, 1)]
    [InlineData("notlist.test", DnsType.A, 1)]
    [InlineData(@"x\.throttle-mx.test", DnsType.A, 1)]
    [InlineData("list.test", DnsType.Soa, 3)]
    [InlineData("list.test", (DnsType)252, 1)]
    [InlineData("throttle-mx.test", (DnsType)251, 1)]
    public void Queries_for_other_names_or_classes_are_refused(string name, DnsType type, ushort @class)
    {
        var answer = _rig.WithNodes("192.0.2.1").Ask(name, type, @class);
        Assert.Equal(DnsResponseCode.Refused, answer.ResponseCode);
        Assert.False(answer.IsAuthoritative);
        Assert.Empty(answer.Answers.Concat(answer.Authorities).Concat(answer.Additionals));
    }

    [Fact]
    public async Task A_node_answers_by_UDP_and_reports_a_port_that_is_in_use()
    {
        using var data = new TemporaryFolder();
        var configuration = new NodeConfiguration
        {
            Node = new() { DataDirectory = data.Path },
            Smtp = new() { Listen = [new(IPAddress.Loopback, 0)] },
            Admin = new() { Listen = null },
            Trust = new() { Entries = ["192.0.2.0/24"], Zone = "list.test", DnsListen = ["127.0.0.1:0"] },
        };
        Assert.Empty(configuration.Validate());
        await using (var host = NodeHost.Create(configuration, TimeProvider.System, logging => logging.ClearProviders()))
        {
            await host.StartAsync();
            await using var resolver = new ResolverFixture(host.Dns[0].ToString());
            var listed = await resolver.AskAsync("1.2.0.192.list.test", DnsType.A);
            Assert.Equal("127.0.2.3", Assert.IsType<AddressRecord>(Assert.Single(listed.Records)).Address.ToString());
            Assert.Equal(DnsStatus.NameError, (await resolver.AskAsync("1.3.0.192.list.test", DnsType.A)).Status);
            var magic = await resolver.AskAsync("example-com.throttle-mx.test", DnsType.A);
            Assert.Equal(IPAddress.Loopback, Assert.IsType<AddressRecord>(Assert.Single(magic.Records)).Address);
        }

        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var other = configuration with { Trust = configuration.Trust with { DnsListen = [taken.LocalEndPoint!.ToString()!] } };
        await using var late = NodeHost.Create(other, TimeProvider.System, logging => logging.ClearProviders());
        var error = await Assert.ThrowsAsync<StartException>(() => late.StartAsync());
        Assert.StartsWith($"Trust:DnsListen: cannot listen on {taken.LocalEndPoint} (", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_is_checked()
    {
        var options = new TrustOptions { Zone = "List.test.", DnsListen = ["127.0.0.1:0", "[::1]:0", "2001:db8::0"], NameServers = ["ns1.example.net", "ns2.example.net."] };
        Assert.Equal(
            [
                "Trust:DnsListen:2: 2001:db8::0 is not an address and port; write it as 192.0.2.1:53 or [2001:db8::1]:53",
                "Trust:Zone: 'List.test.' is not a lower-case ASCII domain name of at most 189 characters without a dot at its end; set it to one",
                "Trust:NameServers:1: 'ns2.example.net.' is not a lower-case ASCII host name without a dot at its end; write it as in the zone's delegation",
            ],
            options.Validate("Trust"));
        Assert.Equal(
            ["Trust:Zone: throttle-mx.test is also one of Network:Names, and a name has one zone; set it to one such as list.throttle-mx.test"],
            new NodeConfiguration { Trust = new() { Zone = "throttle-mx.test" } }.Validate());
    }
}
