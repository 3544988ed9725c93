using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>MX records, each wrong in one way, and what the node answers to each.</summary>
public sealed class MxCheckTests
{
    [Fact]
    public async Task A_domain_that_does_not_exist_or_has_no_MX()
    {
        await using var world = new DoctorWorld();
        world.Dns.Clear();
        await FailsAsync(world, "lookup", "550 5.7.1", "example.com does not exist in the DNS");
        world.Dns.Mx(DoctorWorld.Domain);
        await FailsAsync(world, "lookup", "550 5.7.1", "example.com has no MX records", "MX 0 throttle-mx.test.");
        world.Dns.Fails(DoctorWorld.Domain, DnsType.Mx);
        await FailsAsync(world, "lookup", "451 4.4.3", "cannot be looked up", "Dns:Servers");
    }

    [Fact]
    public async Task A_null_MX()
    {
        await using var world = new DoctorWorld().Publish((0, ""));
        await FailsAsync(world, "null-mx", "556 5.1.10", "takes no mail (RFC 7505)");
    }

    [Fact]
    public async Task No_magic_MX_or_nothing_else()
    {
        await using var world = new DoctorWorld().Publish((10, DoctorWorld.Mail));
        await FailsAsync(world, "magic", "550 5.7.1", "no MX names this network", "MX 0 throttle-mx.test.");
        world.Publish((0, DoctorWorld.Magic));
        await FailsAsync(world, "real", "550 5.7.1", "example.com has no real MX");
    }

    [Theory]
    [InlineData(10, "have the same preference, 10")]
    [InlineData(20, "senders try mail.example.com (10) before the magic MX (20)")]
    public async Task A_magic_MX_that_is_not_first(ushort preference, string text)
    {
        await using var world = new DoctorWorld().Publish((preference, DoctorWorld.Magic), (10, DoctorWorld.Mail));
        await FailsAsync(world, "preference", "250 ", text, "a lower number than every real MX");
    }

    [Fact]
    public async Task An_MX_that_is_an_alias_of_our_name_is_a_failure_that_says_what_to_publish()
    {
        await using var world = new DoctorWorld().Publish((0, "mx.example.com"), (10, DoctorWorld.Mail));
        world.Dns.With(new CnameRecord("mx.example.com", 60, DoctorWorld.Magic));
        await FailsAsync(world, "alias", "451 4.3.5", "MX mx.example.com is an alias (CNAME) of this network's magic name", "publish the magic name itself as the MX");
    }

    [Fact]
    public async Task Another_network_beside_ours()
    {
        await using var world = new DoctorWorld().Publish((0, DoctorWorld.Magic), (5, "throttle-mx.others.test"), (10, DoctorWorld.Mail));
        var report = await world.ExpectAsync(FindingLevel.Warn, "networks", "throttle-mx.others.test is the magic MX of another network", "keep one");
        Assert.True(report.Healthy);
    }

    [Theory]
    [InlineData("192.0.2.9", "an address stands where a host's name belongs")]
    [InlineData("a.node.test", "this node's own name")]
    [InlineData("mail server.example.com", "no host name")]
    public async Task An_MX_that_names_no_mail_server(string exchange, string text)
    {
        await using var world = new DoctorWorld().Publish((0, DoctorWorld.Magic), (10, DoctorWorld.Mail), (20, exchange));
        var report = await world.ExpectAsync(FindingLevel.Warn, "record", text);
        Assert.True(report.Healthy, string.Join('\n', report.Findings));
    }

    [Theory]
    [InlineData(14_400u, FindingLevel.Pass)]
    [InlineData(14_401u, FindingLevel.Warn)]
    internal async Task How_long_caches_keep_the_records(uint ttl, FindingLevel level)
    {
        await using var world = new DoctorWorld();
        world.Dns.With(new MxRecord(DoctorWorld.Domain, ttl, 30, DoctorWorld.Mail));
        await world.ExpectAsync(level, "ttl", $"{ttl} s");
    }

    [Fact]
    public async Task A_route_of_the_configuration_comes_before_the_MX_records()
    {
        await using var world = new DoctorWorld().Publish();
        world.Options = world.Options with { Routes = new Dictionary<string, string> { [DoctorWorld.Domain] = world.Server.EndPoint.ToString() } };
        var report = await world.ExpectAsync(FindingLevel.Warn, "route", world.Server.EndPoint.ToString());
        Assert.StartsWith("250 ", report.NodeReply, StringComparison.Ordinal);
    }

    private static async Task FailsAsync(DoctorWorld world, string check, string reply, params string[] words)
    {
        var report = await world.ExpectAsync(FindingLevel.Fail, check, words);
        Assert.StartsWith(reply, report.NodeReply, StringComparison.Ordinal);
    }
}
