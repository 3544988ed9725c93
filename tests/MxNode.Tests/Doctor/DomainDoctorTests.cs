using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>The doctor's findings for correct and wrong zones.</summary>
public sealed class DomainDoctorTests
{
    private const string Magic = "throttle-mx.test";

    private static readonly FakeDns Healthy = new FakeDns()
        .Mx("example.com", (0, Magic), (10, "mail.example.com"), (20, "backup.example.com"))
        .Host(Magic, "192.0.2.1", "2001:db8::1")
        .Host("mail.example.com", "8.8.8.8")
        .Host("backup.example.com", "8.8.4.4");

    [Fact]
    public async Task A_correct_zone_is_healthy_and_every_part_of_it_is_reported()
    {
        var report = await ExamineAsync(Healthy);
        Assert.True(report.Healthy);
        Assert.All(report.Findings, f => Assert.Equal(FindingLevel.Good, f.Level));
        Assert.Equal(
            [
                "MX 0 throttle-mx.test (the magic MX: relays of this network, which senders try first, TTL 60 s)",
                "MX 10 mail.example.com (the domain's own mail server, TTL 60 s)",
                "MX 20 backup.example.com (the domain's own mail server, TTL 60 s)",
                "throttle-mx.test has the addresses 192.0.2.1, 2001:db8::1",
                "next hop mail.example.com: 8.8.8.8:25",
                "next hop backup.example.com: 8.8.4.4:25",
                "this node takes its mail and passes it to mail.example.com:25, then backup.example.com:25",
            ],
            report.Findings.Select(f => f.Text));
    }

    [Fact]
    public async Task A_missing_MX_magic_MX_or_real_MX_and_a_null_MX_are_failures_that_say_what_to_publish()
    {
        await FailsAsync(new FakeDns(), "example.com has no MX records; publish one for its real mail server, and the magic MX beside it", "this node would answer 550: relaying denied");
        await FailsAsync(new FakeDns().Mx("example.com"), "has no MX records");
        await FailsAsync(new FakeDns().Mx("example.com", (10, "mail.example.com")), "no MX of example.com names this network; publish: example.com. MX 0 throttle-mx.test.");
        await FailsAsync(new FakeDns().Mx("example.com", (0, Magic)).Host(Magic, "192.0.2.1"), "example.com has no real MX", "this node would answer 550: the domain has no real MX to pass mail to");
        await FailsAsync(new FakeDns().Mx("example.com", (0, "")), "this node would answer 556");
    }

    [Fact]
    public async Task A_magic_MX_that_is_not_preferred_is_a_failure()
    {
        await FailsAsync(
            new FakeDns().Mx("example.com", (10, Magic), (10, "mail.example.com")).Host(Magic, "192.0.2.1").Host("mail.example.com", "8.8.8.8"),
            "senders try mail.example.com (10) before the magic MX (10); give the magic MX the lowest number");
    }

    [Fact]
    public async Task A_name_without_public_addresses_is_a_failure()
    {
        await FailsAsync(new FakeDns().Mx("example.com", (0, Magic), (10, "mail.example.com")).Host("mail.example.com", "8.8.8.8"), "throttle-mx.test has no address");
        await FailsAsync(new FakeDns().Mx("example.com", (0, Magic), (10, "mail.example.com")).Host(Magic, "192.0.2.1"), "next hop mail.example.com has no address");
        await FailsAsync(
            new FakeDns().Mx("example.com", (0, Magic), (10, "mail.example.com")).Host(Magic, "192.0.2.1").Host("mail.example.com", "10.0.0.1"),
            "next hop mail.example.com has only private addresses");
    }

    [Fact]
    public async Task An_MX_that_is_an_alias_of_our_name_is_a_failure_that_says_what_to_publish()
    {
        await FailsAsync(
            new FakeDns().Mx("example.com", (0, "mx.example.com"), (10, "mail.example.com")).With(new CnameRecord("mx.example.com", 60, Magic)).Host("mail.example.com", "8.8.8.8"),
            "this node would answer 451: the MX mx.example.com is an alias (CNAME) of this network's magic name",
            "publish the magic name itself as the MX");
    }

    [Fact]
    public async Task Another_network_beside_ours_is_a_warning()
    {
        var report = await ExamineAsync(new FakeDns()
            .Mx("example.com", (0, Magic), (5, "throttle-mx.others.test"), (10, "mail.example.com"))
            .Host(Magic, "192.0.2.1")
            .Host("mail.example.com", "8.8.8.8"));
        Assert.True(report.Healthy);
        Assert.StartsWith("another network's magic MX", Assert.Single(report.Findings, f => f.Level == FindingLevel.Warning).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_DNS_that_does_not_answer_is_reported_as_such()
    {
        await FailsAsync(new FakeDns().Fails("example.com", DnsType.Mx), "cannot be looked up: no name server answers; check Dns:Servers", "this node would answer 451");
    }

    private static async Task FailsAsync(FakeDns dns, params string[] failures)
    {
        var report = await ExamineAsync(dns);
        Assert.False(report.Healthy);
        Assert.All(failures, failure => Assert.Contains(report.Findings, f => f.Level == FindingLevel.Failure && f.Text.Contains(failure, StringComparison.Ordinal)));
    }

    private static async Task<DoctorReport> ExamineAsync(FakeDns dns)
    {
        using var folder = new TemporaryFolder();
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<IDnsResolver>(dns)
            .AddRelay(new NetworkOptions { Names = [Magic] }, new RelayOptions(), new OwnIdentity("a.node.test"), folder.Path)
            .AddSingleton<DomainDoctor>()
            .BuildServiceProvider();
        return await services.GetRequiredService<DomainDoctor>().ExamineAsync("example.com", CancellationToken.None);
    }
}
