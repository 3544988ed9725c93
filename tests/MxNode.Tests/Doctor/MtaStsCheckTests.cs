using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.MxNode.Tests.TlsPolicy;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>MTA-STS policies beside a magic MX, each wrong in one way, and what the node answers.</summary>
public sealed class MtaStsCheckTests
{
    private const string Record = $"_mta-sts.{DoctorWorld.Domain}";

    [Fact]
    public async Task A_domain_without_a_policy()
    {
        await using var world = new DoctorWorld();
        await world.ExpectAsync(FindingLevel.Pass, "mta-sts", "example.com has no MTA-STS policy");
        world.Dns.Fails(Record, DnsType.Txt);
        await world.ExpectAsync(FindingLevel.Warn, "mta-sts", "cannot be looked up");
        world.Dns.With(new TxtRecord(Record, 60, "v=STSv1; id=1;")).With(new TxtRecord(Record, 60, "v=STSv1; id=2;"));
        await world.ExpectAsync(FindingLevel.Warn, "mta-sts", "is no valid MTA-STS record", "exactly one");
        Assert.Empty(world.Policies.Asked);
    }

    [Fact]
    public async Task A_policy_that_lists_every_MX_with_certificates_that_fit()
    {
        await using var world = Publish("enforce", DoctorWorld.Magic, DoctorWorld.Mail);
        var report = await world.ExpectAsync(FindingLevel.Pass, "mta-sts", "(mode enforce) lists every MX, and their certificates fit");
        Assert.True(report.Healthy);
        Assert.Contains("https://mta-sts.example.com/.well-known/mta-sts.txt", world.Policies.Asked);
    }

    [Theory]
    [InlineData("enforce", FindingLevel.Fail)]
    [InlineData("testing", FindingLevel.Warn)]
    internal async Task A_policy_that_does_not_list_the_magic_MX(string mode, FindingLevel level)
    {
        await using var world = Publish(mode, DoctorWorld.Mail);
        var report = await world.ExpectAsync(level, "mta-sts", $"(mode {mode}, kept by senders for up to 7 days) does not list {DoctorWorld.Magic}: {(mode == "testing" ? "with the mode enforce, " : "")}senders that follow it pass the relays by", $"add the line mx: {DoctorWorld.Magic}");
        Assert.StartsWith("250 ", report.NodeReply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_magic_MX_that_is_missing_is_found_before_it_is_published()
    {
        await using var world = Publish("enforce", DoctorWorld.Mail).Publish((10, DoctorWorld.Mail));
        world.Viewpoint = world.Viewpoint with { AsIf = DoctorWorld.Magic };
        await world.ExpectAsync(FindingLevel.Fail, "mta-sts", $"does not list {DoctorWorld.Magic}");
    }

    [Fact]
    public async Task A_real_MX_that_is_not_listed_gets_no_mail_from_relays_either()
    {
        await using var world = Publish("enforce", DoctorWorld.Magic);
        var report = await world.ExpectAsync(FindingLevel.Fail, "mta-sts", $"does not list {DoctorWorld.Mail}: relays and other senders do not deliver there");
        Assert.StartsWith("451 4.7.5", report.NodeReply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificates_that_do_not_fit_the_policy()
    {
        await using var world = Publish("enforce", DoctorWorld.Magic, DoctorWorld.Mail);
        world.Relay.Certificate = world.Authority.Issue("a.throttle-mx.test");
        await world.ExpectAsync(FindingLevel.Fail, "mta-sts-certificate", $"is not valid for {DoctorWorld.Magic}: it is for other names. The MTA-STS policy demands a valid one", "tell the network's operators");
        world.Relay.Certificate = world.Authority.Issue(DoctorWorld.Magic);
        world.Server.Certificate = WebAuthority.SelfSigned(DoctorWorld.Mail);
        var report = await world.ExpectAsync(FindingLevel.Fail, "mta-sts-certificate", $"is not valid for {DoctorWorld.Mail}", $"a certificate of a public authority for {DoctorWorld.Mail}");
        Assert.StartsWith("451 4.7.5", report.NodeReply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1\n", "it has no mx")]
    [InlineData("\u001b[2J", "its version is not STSv1")]
    public async Task A_policy_that_cannot_be_read(string body, string fault)
    {
        await using var world = Publish("enforce", DoctorWorld.Magic);
        world.Policies.Body = body;
        await world.ExpectAsync(FindingLevel.Warn, "mta-sts", $"cannot be fetched: {fault}", "https://mta-sts.example.com/.well-known/mta-sts.txt");
    }

    [Fact]
    public async Task A_web_server_that_refuses()
    {
        await using var world = Publish("enforce", DoctorWorld.Magic);
        world.Policies.Answer = _ => Task.FromResult(PolicyServer.Reply(HttpStatusCode.NotFound, ""));
        await world.ExpectAsync(FindingLevel.Warn, "mta-sts", "cannot be fetched: the server answered 404");
    }

    private static DoctorWorld Publish(string mode, params string[] exchanges)
    {
        var world = new DoctorWorld();
        world.Dns.With(new TxtRecord(Record, 60, "v=STSv1; id=1;"));
        world.Policies.Body = $"version: STSv1\nmode: {mode}\n{string.Concat(exchanges.Select(mx => $"mx: {mx}\n"))}max_age: 604800\n";
        return world;
    }
}
