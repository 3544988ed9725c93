using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>Relays, each wrong in one way, as a sender meets them.</summary>
public sealed class RelaysCheckTests
{
    private const string Magic = DoctorWorld.Magic;

    [Fact]
    public async Task A_magic_name_without_addresses()
    {
        await using var world = new DoctorWorld().Publish((0, "a.throttle-mx.test"), (10, DoctorWorld.Mail));
        await world.ExpectAsync(FindingLevel.Fail, "address", "a.throttle-mx.test has no address");
        world.Dns.Fails("a.throttle-mx.test", DnsType.A);
        await world.ExpectAsync(FindingLevel.Fail, "address", "the addresses of a.throttle-mx.test cannot be looked up");
    }

    [Fact]
    public async Task Addresses_that_no_sender_can_call()
    {
        await using var world = new DoctorWorld();
        world.Options = world.Options with { AllowPrivateDestinations = false };
        await world.ExpectAsync(FindingLevel.Fail, "address", $"{Magic} has addresses that no sender on the internet can call: {DoctorWorld.AddressOf(world.Relay)}");
        Assert.Equal(0, world.Relay.Connections);
    }

    [Fact]
    public async Task Addresses_that_caches_keep_for_long()
    {
        await using var world = new DoctorWorld();
        world.Dns.With(new AddressRecord(Magic, 301, world.Start().EndPoint.Address));
        await world.ExpectAsync(FindingLevel.Warn, "ttl", $"caches keep the addresses of {Magic} for 301 s");
    }

    [Fact]
    public async Task A_relay_that_does_not_listen_is_a_failure_where_there_is_no_other()
    {
        await using var world = new DoctorWorld();
        var gone = Loopback.Next().ToString();
        world.Dns.Host(Magic, gone);
        var report = await world.ExpectAsync(FindingLevel.Warn, "port", $"{Magic} ({gone}:{world.Port}) cannot be called");
        Assert.True(report.Healthy, string.Join('\n', report.Findings));
        await world.StopAsync(world.Relay);
        await world.ExpectAsync(FindingLevel.Fail, "port", $"{Magic} ({gone}:{world.Port}) cannot be called");
    }

    [Theory]
    [InlineData("554 5.7.1 go away", FindingLevel.Fail, "port", "greets with 554 5.7.1 go away")]
    [InlineData("421 4.3.2 too many", FindingLevel.Fail, "port", "greets with 421 4.3.2 too many")]
    [InlineData("SSH-2.0-OpenSSH_9.2", FindingLevel.Fail, "port", "sends what is not SMTP")]
    internal async Task A_relay_that_does_not_want_mail(string greeting, FindingLevel level, string check, string text)
    {
        await using var world = new DoctorWorld();
        world.Relay.Script = (step, _) => step == "greeting" ? HopAction.SayAndHangUp(greeting) : null;
        await world.ExpectAsync(level, check, text);
    }

    [Fact]
    public async Task A_relay_that_refuses_or_defers_the_domain()
    {
        await using var world = new DoctorWorld();
        world.Relay.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say("550 5.7.1 relaying denied") : null;
        await world.ExpectAsync(FindingLevel.Fail, "trial", "refuses postmaster@example.com: 550 5.7.1 relaying denied");
        world.Relay.Script = (step, _) => step.StartsWith("MAIL", StringComparison.Ordinal) ? HopAction.Say("451 4.7.1 the limit for an hour is reached") : null;
        var report = await world.ExpectAsync(FindingLevel.Warn, "trial", "defers postmaster@example.com: 451 4.7.1 the limit");
        Assert.True(report.Healthy);
    }

    [Fact]
    public async Task The_sender_names_itself_by_its_address_and_never_by_the_relays_name()
    {
        await using var world = new DoctorWorld();
        await world.ExamineAsync();
        Assert.Contains(world.Relay.Log, step => step.Contains("EHLO [127.", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Relay.Log, step => step.Contains("a.node.test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Relays_with_the_name_of_their_own_certificate_only()
    {
        await using var world = new DoctorWorld();
        world.Relay.Certificate = world.Authority.Issue("a.throttle-mx.test");
        await world.ExpectAsync(FindingLevel.Warn, "tls", $"its certificate (a.throttle-mx.test) is not valid for {Magic}: it is for other names");
    }

    [Fact]
    public async Task Certificates_that_no_sender_trusts()
    {
        await using var world = new DoctorWorld();
        world.Relay.Certificate = WebAuthority.SelfSigned(Magic);
        await world.ExpectAsync(FindingLevel.Warn, "tls", $"its certificate ({Magic}) is not valid for {Magic}: it is self-signed");
        world.Relay.Certificate = new WebAuthority("Unknown").Issue(Magic);
        await world.ExpectAsync(FindingLevel.Warn, "tls", "its issuer is not trusted on this machine");
        world.Relay.Certificate = world.Authority.Issue(new DateTimeOffset(2021, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2022, 1, 1, 0, 0, 0, TimeSpan.Zero), Magic);
        await world.ExpectAsync(FindingLevel.Warn, "tls", "it has expired");
    }

    [Fact]
    public async Task STARTTLS_that_is_missing_or_fails()
    {
        await using var world = new DoctorWorld();
        var offers = world.Relay.Offers;
        world.Relay.Offers = ["SIZE 1000000"];
        await world.ExpectAsync(FindingLevel.Warn, "tls", $"{Magic} (", "does not offer STARTTLS");
        world.Relay.Offers = offers;
        world.Relay.Script = (step, _) => step == "STARTTLS" ? HopAction.Say("454 4.7.0 not now") : null;
        await world.ExpectAsync(FindingLevel.Warn, "tls", "offers STARTTLS and answers STARTTLS with 454 4.7.0 not now");
        world.Relay.Script = (step, _) => step == "tls" ? HopAction.HangUp : null;
        var report = await world.ExpectAsync(FindingLevel.Warn, "tls", "offers STARTTLS and ");

        // The sender goes on without TLS.
        Assert.DoesNotContain(report.Findings, f => f.Check == "trial");
        Assert.Contains(world.Relay.Log, step => step.Contains("RCPT", StringComparison.Ordinal));
    }
}
