using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

/// <summary>Sites and regions limit newcomers: hosts without standing.</summary>
public sealed class NewcomerTests
{
    private static readonly CountingLimits Small = CountingLimits.Default with { WarmUp = TimeSpan.Zero, MaxEnvelopes = 1 << 15, MaxRows = 1 << 16 };

    [Theory]
    [InlineData(8000, 1, 1, 400)] // one /48
    [InlineData(2000, 2000, 10, 3000)] // one /32, each /48 with a host that sends ten
    public void Of_a_flood_of_IPv6_hosts_about_the_limit_passes(int hosts, int sites, int each, int bound)
    {
        var rig = new EngineRig(Small);
        var passed = 0;
        for (var message = 0; message < each; message++)
        {
            for (var i = 0; i < hosts; i++)
            {
                var host = new IpBlock(0x2001_0db8_0000_0000ul + ((ulong)(i % sites) << 16) + (ulong)(i / sites), BlockLevel.Host);
                passed += rig.Attempt(host).Passes ? 1 : 0;
            }
        }

        Assert.InRange(passed, 50, bound);
    }

    [Theory]
    [InlineData(254, 1, 10, 400)] // one /24
    [InlineData(2000, 200, 5, 3000)] // one /16
    public void Of_a_flood_of_IPv4_hosts_about_the_limit_passes(int hosts, int sites, int each, int bound)
    {
        var rig = new EngineRig(Small);
        var passed = 0;
        for (var message = 0; message < each; message++)
        {
            for (var i = 0; i < hosts; i++)
            {
                passed += rig.Attempt(EngineRig.Of($"10.9.{i % sites}.{1 + (i / sites)}")).Passes ? 1 : 0;
            }
        }

        Assert.InRange(passed, 50, bound);
    }

    [Fact]
    public void During_the_warm_up_the_limits_of_site_and_region_are_ten_and_forty_times_as_high()
    {
        var rig = new EngineRig(Small with { WarmUp = TimeSpan.FromDays(7) });
        Assert.Equal([1000f, 40_000f], rig.Describe(Host(0)).Areas.Select(a => a.LimitPerHour));
        Assert.InRange(Enumerable.Range(0, 8000).Count(i => rig.Attempt(Host(i)).Passes), 500, 2200);
        rig.Advance(TimeSpan.FromDays(7));
        Assert.Equal([100f, 1000f], rig.Describe(Host(0)).Areas.Select(a => a.LimitPerHour));
    }

    [Fact]
    public void At_the_end_of_the_warm_up_all_hosts_that_are_old_enough_get_standing()
    {
        var rig = new EngineRig(Small with { WarmUp = TimeSpan.FromDays(7.5) });
        for (var day = 0; day < 8; day++)
        {
            for (var i = 0; i < 100; i++)
            {
                rig.Attempt(Host(i));
            }

            rig.Engine.Sweep(rig.Now);
            rig.Advance(TimeSpan.FromDays(1));
        }

        rig.Restart();
        rig.Engine.Sweep(rig.Now);
        Assert.Equal(100, Enumerable.Range(0, 200).Count(i => rig.Describe(Host(i)).Standing));
    }

    [Fact]
    public void Hosts_with_standing_are_never_thinned_and_raise_the_limit_of_their_newcomers()
    {
        var rig = new EngineRig(Small);
        for (var i = 0; i < 200; i++)
        {
            rig.Stand(Host(i));
        }

        Flood(rig, 1000, 5000);
        for (var round = 0; round < 12; round++)
        {
            Assert.All(Enumerable.Range(0, 200), i => Assert.True(rig.Attempt(Host(i)).Passes));
            rig.Advance(TimeSpan.FromHours(1));
        }

        Assert.InRange(rig.Describe(Host(0)).Areas[0].LimitPerHour, 115, 135); // 200 an hour; after 12 hours 63 % of the rate is in the decayed count
    }

    [Fact]
    public void A_host_gets_standing_after_a_week_and_loses_it_when_it_goes_far_over_its_limit()
    {
        var rig = new EngineRig(Small);
        var host = Host(1);
        for (var day = 0; day < 7; day++)
        {
            rig.Attempt(host);
            Assert.False(rig.Describe(host).Standing);
            rig.Advance(TimeSpan.FromDays(1));
        }

        rig.Advance(TimeSpan.FromMinutes(15));
        rig.Attempt(host);
        Assert.True(rig.Describe(host).Standing);
        for (var i = 0; i < 25; i++)
        {
            rig.Attempt(host);
        }

        Assert.False(rig.Describe(host).Standing);
        Assert.InRange(rig.Describe(host).Age, TimeSpan.Zero, TimeSpan.FromMinutes(30));
    }

    [Fact]
    public void Promotions_are_capped()
    {
        var rig = new EngineRig(Small);
        for (var i = 0; i < 500; i++)
        {
            rig.Stand(Host(i), stands: false, age: TimeSpan.FromDays(8));
        }

        for (var i = 0; i < 500; i++)
        {
            rig.Attempt(Host(i));
        }

        Assert.InRange(Enumerable.Range(0, 500).Count(i => rig.Describe(Host(i)).Standing), 3, 5); // 8 a day; half of them may come at once
    }

    [Fact]
    public void Reports_of_one_operator_give_no_host_standing()
    {
        var rig = new EngineRig(Small, faulty: 2);
        rig.Stand(Host(1), stands: false, age: TimeSpan.FromDays(8));
        for (var i = 0; i < 3; i++)
        {
            Assert.False(rig.Describe(Host(1)).Standing);
            rig.Report($"operator {i}", Host(1), 1);
        }

        Assert.True(rig.Describe(Host(1)).Standing);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(90)]
    public void Two_liars_do_not_push_the_chance_of_an_innocent_newcomer_below_0_3(int honestPerHour)
    {
        var rig = new EngineRig(Small, faulty: 2, active: new ActiveOperators(7, IsSettled: true));
        for (var i = 0; i < honestPerHour / 2; i++)
        {
            rig.Report("honest", Host(i), 1);
        }

        for (var i = 0; i < 4000; i++)
        {
            rig.Report(i % 2 == 0 ? "liar" : "other liar", Host(100 + i), 10);
        }

        Assert.InRange(rig.Describe(Host(99)).Chance, 0.3, 1);
    }

    [Fact]
    public void False_reports_of_hosts_with_standing_do_not_raise_the_limit_of_their_site()
    {
        var rig = new EngineRig(Small, faulty: 2, active: new ActiveOperators(7, IsSettled: true));
        for (var i = 0; i < 200; i++)
        {
            rig.Stand(Host(i));
            rig.Report("liar", Host(i), 10);
            rig.Report("other liar", Host(i), 10);
        }

        Assert.Equal(100, rig.Describe(Host(0)).Areas[0].LimitPerHour);
    }

    [Fact]
    public void A_flood_over_many_nodes_lowers_the_chance_at_each_node()
    {
        var rig = new EngineRig(Small, faulty: 2, active: new ActiveOperators(7, IsSettled: true));
        for (var i = 0; i < 4000; i++)
        {
            rig.Report($"operator {i % 7}", Host(i), 1);
        }

        Assert.InRange(rig.Describe(Host(5000)).Chance, 0.01, 0.05);
    }

    [Fact]
    public void A_draw_holds_for_15_minutes_and_RetryAfter_says_so()
    {
        var rig = new EngineRig(Small);
        Flood(rig, 0, 2000);
        var verdicts = Enumerable.Range(0, 50).Select(i => rig.Attempt(Host(3000 + i), "r")).ToList();
        var deferred = verdicts.Where(v => !v.Passes).ToList();
        Assert.True(deferred.Count > 40);
        Assert.All(deferred, v => Assert.Equal(new Verdict(VerdictAction.Defer, VerdictReason.ManyNewcomers, RetryAfter: TimeSpan.FromMinutes(15)), v));
        Assert.Equal(verdicts.Select(v => v.Passes), Enumerable.Range(0, 50).Select(i => rig.Attempt(Host(3000 + i), "r").Passes));
    }

    [Fact]
    public void A_host_that_waited_four_hours_passes_by_the_share_of_waiting_hosts_and_is_charged_for_it()
    {
        var rig = new EngineRig(Small, faulty: 0);
        var patient = Host(60_000);
        rig.Attempt(patient, "r0");
        rig.Advance(TimeSpan.FromHours(4.5));
        Flood(rig, 0, 20_000);
        rig.Outbox!.Take(out _);
        var attempt = rig.Register(patient, "r0");
        Assert.Equal((AttemptKind.New, true), (attempt.Kind, attempt.Waits));
        var before = rig.Read(patient).Own;
        Assert.True(rig.Judge(attempt).Passes);
        Assert.Equal(3, rig.Read(patient).Own - before, 0.01f);
        var entries = rig.Outbox.Take(out _)[0].Attempts;
        Assert.Equal(
            [new Supplement(1, 0, 0), new Supplement(0, 0, 3)], entries.Select(e => Supplement.Read(e)));
        Assert.All(entries, e => Assert.Equal(patient, Supplement.HostOf(e)));
    }

    private static IpBlock Host(int number) => new(0x2001_0db8_0000_0000ul + (ulong)number, BlockLevel.Host);

    private static void Flood(EngineRig rig, int first, int hosts)
    {
        for (var i = first; i < first + hosts; i++)
        {
            rig.Attempt(Host(i));
        }
    }
}
