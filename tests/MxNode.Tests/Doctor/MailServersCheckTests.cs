using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>Real MX, each wrong in one way, and what the node answers to each.</summary>
public sealed class MailServersCheckTests
{
    private const string Mail = DoctorWorld.Mail, Backup = "backup.example.com";

    [Fact]
    public async Task A_host_that_does_not_exist_or_has_no_address()
    {
        await using var world = new DoctorWorld().Publish((0, DoctorWorld.Magic), (10, Backup));
        await FailsAsync(world, "address", "451 4.4.4", $"{Backup} does not exist in the DNS");
        world.Dns.Otherwise = DnsStatus.NoData;
        await FailsAsync(world, "address", "451 4.4.4", $"{Backup} has no address");
        world.Dns.Fails(Backup, DnsType.A).Fails(Backup, DnsType.Aaaa);
        await FailsAsync(world, "address", "451 4.4.3", $"the addresses of {Backup} cannot be looked up");
    }

    [Fact]
    public async Task Only_private_addresses()
    {
        await using var world = new DoctorWorld().Publish((0, DoctorWorld.Magic), (10, Backup));
        world.Dns.Host(Backup, "10.0.0.1", "192.168.1.1");
        world.Options = world.Options with { AllowPrivateDestinations = false };
        await FailsAsync(world, "address", "550 5.7.1", $"{Backup} has only addresses that relays do not call", "10.0.0.1, 192.168.1.1", "publish its public address");
    }

    [Fact]
    public async Task A_second_host_that_is_wrong_is_a_warning_while_the_first_one_works()
    {
        await using var world = new DoctorWorld().Publish((0, DoctorWorld.Magic), (10, Mail), (20, Backup));
        var report = await world.ExpectAsync(FindingLevel.Warn, "address", $"{Backup} does not exist in the DNS");
        Assert.True(report.Healthy, string.Join('\n', report.Findings));
        Assert.StartsWith("250 ", report.NodeReply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_does_not_listen()
    {
        await using var world = new DoctorWorld();
        await world.StopAsync(world.Server);
        await FailsAsync(world, "port", "451 4.4.1", $"{Mail} (", "cannot be called", "port 25");
    }

    [Theory]
    [InlineData("554 5.7.1 blocked, see bl.test", "greets with 554 5.7.1 blocked, see bl.test", "451 4.4.1")]
    [InlineData("421 4.3.2 busy", "greets with 421 4.3.2 busy", "451 4.3.2")]
    public async Task A_host_that_refuses_this_relay(string greeting, string text, string reply)
    {
        await using var world = new DoctorWorld();
        world.Server.Script = (step, _) => step == "greeting" ? HopAction.SayAndHangUp(greeting) : null;
        await FailsAsync(world, "port", reply, text);
    }

    [Theory]
    [InlineData("550 5.1.1 no such user", FindingLevel.Fail, "550 5.1.1")]
    [InlineData("450 4.2.0 greylisted", FindingLevel.Warn, "450 4.2.0")]
    internal async Task A_host_that_refuses_or_defers_its_postmaster(string said, FindingLevel level, string reply)
    {
        await using var world = new DoctorWorld();
        world.Server.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say(said) : null;
        var report = await world.ExpectAsync(level, "answer", $"answers RCPT TO:<postmaster@example.com> with: {reply}");
        Assert.StartsWith(reply, report.NodeReply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_an_alias()
    {
        await using var world = new DoctorWorld();
        world.Dns.With(new CnameRecord(Mail, 60, "mx.hoster.test"));
        await world.ExpectAsync(FindingLevel.Warn, "alias", $"{Mail} is an alias (CNAME) of mx.hoster.test", "publish mx.hoster.test as the MX");
    }

    [Fact]
    public async Task A_host_without_XCLIENT_must_learn_the_sender_in_another_way()
    {
        await using var world = new DoctorWorld();
        world.Server.Offers = ["PIPELINING", "SIZE 1000000000"];
        var report = await world.ExpectAsync(FindingLevel.Warn, "xclient", $"{Mail} (", "does not offer XCLIENT to this relay", "Authentication-Results");
        Assert.True(report.Healthy);
        world.Viewpoint = world.Viewpoint with { Addresses = () => [] };
        await world.ExpectAsync(FindingLevel.Skip, "xclient", "this machine, which is none of the relays", "ask a relay's operator");
    }

    [Theory]
    [InlineData(AuthenticationMode.Off, "set Relay:Authentication")]
    [InlineData(AuthenticationMode.Results, "judge by the Authentication-Results that the relays add")]
    [InlineData(AuthenticationMode.Arc, "judge by the Authentication-Results and the ARC seal")]
    internal async Task A_host_without_XCLIENT_can_judge_by_what_the_relays_add(AuthenticationMode mode, string text)
    {
        await using var world = new DoctorWorld();
        world.Server.Offers = ["SIZE 1000000000"];
        world.Options = world.Options with { Authentication = mode };
        await world.ExpectAsync(FindingLevel.Warn, "xclient", text);
    }

    [Fact]
    public async Task A_host_that_takes_larger_messages_than_the_relay()
    {
        await using var world = new DoctorWorld();
        world.Viewpoint = world.Viewpoint with { MaxMessageSize = 26_214_400 };
        world.Server.Offers = ["SIZE 52428800"];
        await world.ExpectAsync(FindingLevel.Warn, "size", "takes messages of 52428800 octets, and this node takes 26214400", "Smtp:MaxMessageSize");
    }

    [Fact]
    public async Task A_certificate_for_another_name()
    {
        await using var world = new DoctorWorld();
        world.Server.Certificate = world.Authority.Issue("other.example.com");
        var report = await world.ExpectAsync(FindingLevel.Warn, "tls", $"is not valid for {Mail}: it is for other names", "other.example.com");
        Assert.StartsWith("250 ", report.NodeReply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_whose_names_cannot_be_read()
    {
        await using var world = new DoctorWorld();
        world.Server.Certificate = WebAuthority.Unreadable(Mail);
        await world.ExpectAsync(FindingLevel.Warn, "tls", Mail);
    }

    [Fact]
    public async Task A_host_is_called_as_the_node_calls_it()
    {
        await using var world = new DoctorWorld();
        await world.ExamineAsync();
        Assert.Contains(world.Server.Log, step => step.EndsWith(" EHLO a.node.test", StringComparison.Ordinal));
    }

    private static async Task FailsAsync(DoctorWorld world, string check, string reply, params string[] words)
    {
        var report = await world.ExpectAsync(FindingLevel.Fail, check, words);
        Assert.StartsWith(reply, report.NodeReply, StringComparison.Ordinal);
        Assert.Contains(report.Findings, f => f is { Level: FindingLevel.Fail, Check: "answer" });
    }
}
