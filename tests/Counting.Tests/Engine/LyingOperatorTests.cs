using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

/// <summary>Two lying operators of six or more can slow a host that keeps to its soft limit, and no more.</summary>
public sealed class LyingOperatorTests
{
    private const double SoftUnits = 2; // 4 an hour; the soft limit is 5
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private readonly EngineRig _rig = new(faulty: 2, active: new ActiveOperators(8, IsSettled: true));

    [Fact]
    public void A_small_report_of_a_host_and_large_ones_of_its_neighbours_only_slow_it()
    {
        Crowd("liar", 40);
        Report("liar", Host, 5); // the most that the reports of one operator count
        var verdict = Attempt();
        Assert.Equal(VerdictAction.Slow, verdict.Action);
    }

    [Fact]
    public void Two_liars_beside_an_honest_report_only_slow_the_host()
    {
        Report("liar", Host, 5);
        Report("honest", Host, SoftUnits);
        Report("liar", Host, 1000);
        Report("other liar", Host, 1000);
        Crowd("other liar", 40);
        Assert.Equal(VerdictAction.Slow, Attempt().Action);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)] // left in the day's count only
    public void False_reports_from_before_a_restart_only_slow_the_host(int hours)
    {
        Report("liar", Host, 100_000);
        _rig.Advance(TimeSpan.FromHours(hours));
        _rig.Restart();
        Assert.Equal(VerdictAction.Slow, Attempt().Action);
    }

    [Fact]
    public void Invented_bad_recipients_only_slow_the_host()
    {
        Report("liar", Host, 0, bad: 2.5);
        Report("honest", Host, 1, bad: 1);
        Report("liar", Host, 0, bad: 1000);
        Report("other liar", Host, 0, bad: 1000);
        Attempt();
        Attempt();
        Report("yet another", Host, 0, bad: 2);
        Assert.Equal(VerdictAction.Slow, Attempt().Action);
    }

    [Fact]
    public void A_snapshot_contains_the_lowered_counts()
    {
        Report("liar", Host, 1000, bad: 1000);
        var row = Assert.Single(_rig.Engine.ReadSnapshot(_rig.Engine.Hottest(10, _rig.Now), [], 10, _rig.Now));
        Assert.InRange(row.AttemptsFast, 0, 5);
        Assert.InRange(row.AttemptsSlow, 0, 37.5);
        Assert.InRange(row.BadFast, 0, 2.5);
    }

    [Fact]
    public void The_hosts_own_attempts_still_get_it_deferred()
    {
        Report("liar", Host, 5);
        var verdicts = Enumerable.Range(0, 7).Select(_ => Attempt().Action).ToList();
        Assert.DoesNotContain(VerdictAction.Refuse, verdicts);
        Assert.Equal([VerdictAction.Slow, VerdictAction.Slow, VerdictAction.Slow, VerdictAction.Slow, VerdictAction.Slow, VerdictAction.Defer, VerdictAction.Defer], verdicts);
    }

    [Fact]
    public void Reports_of_many_operators_still_get_the_host_deferred()
    {
        for (var i = 0; i < 12; i++)
        {
            Report($"operator {i}", Host, 1);
        }

        Assert.Equal(VerdictAction.Defer, Attempt().Action);
    }

    [Fact]
    public void With_too_few_operators_to_trim_every_report_counts()
    {
        _rig.Engine.Operators = new ActiveOperators(2, IsSettled: true);
        Report("neighbour", Host, 10);
        Assert.Equal(VerdictAction.Defer, Attempt().Action);
    }

    private Verdict Attempt() => _rig.Attempt(Host);

    private void Crowd(string reporter, double units)
    {
        for (var i = 0; i < 50; i++)
        {
            Report(reporter, IpBlock.Of(IPAddress.Parse($"192.0.2.{100 + i}")), units / 50);
        }
    }

    private void Report(string reporter, IpBlock host, double units, double bad = 0) => _rig.Report(reporter, host, units, bad);
}
