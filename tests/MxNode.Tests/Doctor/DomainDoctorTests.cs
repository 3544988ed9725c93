using System.Collections.Concurrent;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>The doctor as a whole: a right domain, the deadline, and answers that are meant to harm.</summary>
public sealed class DomainDoctorTests
{
    // Shorter than the time limits of the steps.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_right_domain_has_no_failure_and_each_group_says_what_it_found()
    {
        await using var world = new DoctorWorld();
        var report = await world.ExamineAsync();
        Assert.True(report.Healthy, string.Join('\n', report.Findings));
        Assert.All(report.Findings.Where(f => f.Check != "deferral"), f => Assert.Equal(FindingLevel.Pass, f.Level));
        Assert.StartsWith("250 ", report.NodeReply, StringComparison.Ordinal);
        Assert.Equal(
            ["MX records", "Magic name", "Relays, as a sender meets them", "Mail servers, as a relay meets them", "Policies", "Guard", "This node"],
            report.Findings.Select(f => f.Group).Distinct());
        Assert.Contains(report.Findings, f => f is { Level: FindingLevel.Pass, Check: "preference" });
        Assert.Contains(report.Findings, f => f is { Level: FindingLevel.Pass, Check: "xclient" });
        Assert.Contains(report.Findings, f => f.Check == "relay" && f.Text.EndsWith($"answers on TLS with a certificate for {DoctorWorld.Magic}, and takes mail for {DoctorWorld.Domain}", StringComparison.Ordinal));
        Assert.Contains(report.Findings, f => f is { Level: FindingLevel.Pass, Check: "answer" } && f.Text.Contains($"next hop {DoctorWorld.Mail}[", StringComparison.Ordinal));
        Assert.All(report.Findings.Where(f => f.Level > FindingLevel.Pass), f => Assert.NotNull(f.Advice));
    }

    [Fact]
    public async Task Neither_relay_nor_mail_server_gets_a_message()
    {
        await using var world = new DoctorWorld();
        await world.ExamineAsync();
        Assert.Empty(world.Relay.Messages);
        Assert.Empty(world.Server.Messages);
        Assert.DoesNotContain(world.Server.Log.Concat(world.Relay.Log), step => step.EndsWith(" DATA", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Before_a_domain_publishes_everything_else_can_be_checked()
    {
        await using var world = new DoctorWorld().Publish((10, DoctorWorld.Mail));
        var report = await world.ExpectAsync(FindingLevel.Fail, "magic", "no MX names this network", $"--as-if {DoctorWorld.Magic}");
        Assert.StartsWith("550 5.7.1 ", report.NodeReply, StringComparison.Ordinal);

        world.Viewpoint = world.Viewpoint with { AsIf = DoctorWorld.Magic };
        var planned = await world.ExamineAsync();
        Assert.True(planned.Healthy, string.Join('\n', planned.Findings));
        Assert.Equal(DoctorWorld.Magic, planned.AsIf);
        Assert.StartsWith("250 ", planned.NodeReply, StringComparison.Ordinal);

        // The relays would refuse it yet.
        Assert.DoesNotContain(world.Relay.Log, step => step.Contains("RCPT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_plan_meets_the_real_records()
    {
        await using var world = new DoctorWorld().Publish((0, DoctorWorld.Mail));
        world.Viewpoint = world.Viewpoint with { AsIf = DoctorWorld.Magic };
        await world.ExpectAsync(FindingLevel.Fail, "preference", "have the same preference, 0");
    }

    [Theory]
    [InlineData("greeting")]
    [InlineData("EHLO a.node.test")]
    [InlineData("RCPT TO:<postmaster@example.com>")]
    public async Task The_deadline_holds_when_a_mail_server_says_nothing_more(string step)
    {
        var clock = new FakeTimeProvider();
        await using var world = new DoctorWorld { Clock = clock };
        world.Server.Script = (s, _) => s == step ? HopAction.Stall : null;
        var shown = new Progress();
        var examining = world.ExamineAsync(Deadline, shown);
        await world.Server.Stalled.WaitAsync(Eventually.Patience);
        await Eventually.HoldsAsync("the end of the other checks", () => shown.Last is { } running && !running.Contains("MX records", StringComparison.Ordinal) && !running.Contains("Policies", StringComparison.Ordinal));
        clock.Advance(Deadline);
        var report = await examining;
        Assert.Contains(report.Findings, f => f is { Level: FindingLevel.Warn, Check: "deadline", Text: "not finished after 20 s" });
        Assert.Contains(report.Findings, f => f is { Level: FindingLevel.Pass, Check: "preference" });
        Assert.Contains(report.Findings, f => f is { Level: FindingLevel.Pass, Check: "spf" });
    }

    [Fact]
    public async Task The_deadline_holds_when_the_DNS_says_nothing()
    {
        var clock = new FakeTimeProvider();
        await using var world = new DoctorWorld { Clock = clock };
        world.Dns.Ready = new TaskCompletionSource().Task;
        var examining = world.ExamineAsync(Deadline, null);
        clock.Advance(Deadline);
        var report = await examining;
        var finding = Assert.Single(report.Findings);
        Assert.Equal((FindingLevel.Fail, "lookup"), (finding.Level, finding.Check));
        Assert.Null(report.NodeReply);
    }

    [Theory]
    [InlineData("554 \u001b]0;owned\u0007\u001b[2J \u202enoitcerid \u0085 gone")]
    [InlineData("220 hop.test \u001b[31m")]
    public async Task Nothing_that_steers_a_terminal_comes_out(string line)
    {
        await using var world = new DoctorWorld();
        world.Server.Script = (s, _) => s == "greeting" ? HopAction.Say(line) : s.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say("550 \u001b[2J no") : null;
        world.Relay.Script = (s, _) => s.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say("550 \u001b[2J \u009b31m no") : null;
        world.Dns.With(new TxtRecord(DoctorWorld.Domain, 60, "v=spf1 \u001b[2J"));
        var report = await world.ExamineAsync();
        Assert.All(report.Findings, f => Assert.All($"{f.Text}{f.Advice}", c => Assert.InRange(c, ' ', '~')));
        Assert.All(report.NodeReply!, c => Assert.InRange(c, ' ', '~'));
    }

    [Fact]
    public async Task Long_texts_are_cut()
    {
        await using var world = new DoctorWorld();
        world.Relay.Script = (s, _) => s.StartsWith("RCPT", StringComparison.Ordinal)
            ? HopAction.Raw(string.Concat(Enumerable.Range(0, 50).Select(i => $"550-{new string((char)('a' + (i % 26)), 400)}\r\n")) + "550 end\r\n")
            : null;
        var report = await world.ExpectAsync(FindingLevel.Fail, "trial", "refuses postmaster@example.com: 550");
        Assert.All(report.Findings, f => Assert.InRange(f.Text.Length, 1, Finding.MaxText));
    }

    [Fact]
    public async Task Progress_names_the_groups_that_are_still_running()
    {
        await using var world = new DoctorWorld();
        var shown = new Progress();
        await world.ExamineAsync(Deadline, shown);
        Assert.Equal("MX records", shown.All[0]);
        Assert.Contains(shown.All, text => text.Contains("Mail servers, as a relay meets them", StringComparison.Ordinal));
    }

    private sealed class Progress : IProgress<string>
    {
        private readonly ConcurrentQueue<string> _shown = new();

        public IReadOnlyList<string> All => [.. _shown];

        public string? Last => _shown.LastOrDefault();

        public void Report(string value) => _shown.Enqueue(value);
    }
}
