using System.Net;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

/// <summary>The used part of a trusted quota is counted in the whole network, and apart from all other counts.</summary>
public sealed class TrustedQuotaTests
{
    private const int PerHour = 100;
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));

    private readonly EngineRig _rig = new(faulty: 2);

    [Fact]
    public void Half_of_the_hourly_quota_passes_at_once()
    {
        Assert.Equal(PerHour / 2, Enumerable.Range(0, 200).Count(_ => _rig.Quota.Register(Host, PerHour, _rig.Now) is not null));
        Assert.Equal(PerHour, _rig.Quota.PerHour(Host, _rig.Now), 0.1f);
    }

    [Fact]
    public void Attempts_over_the_quota_do_not_use_it_up()
    {
        var passed = 0;
        for (var minute = 0; minute < 240; minute++, _rig.Advance(TimeSpan.FromMinutes(1)))
        {
            passed += Enumerable.Range(0, 20).Count(_ => _rig.Quota.Register(Host, PerHour, _rig.Now) is not null);
        }

        Assert.InRange(passed, 4 * PerHour, (4 * PerHour) + (PerHour / 2) + 1);
    }

    [Fact]
    public void After_the_hold_a_burst_over_many_nodes_counts_as_one()
    {
        var attempts = Enumerable.Range(0, 10).Select(_ => _rig.Quota.Register(Host, PerHour, _rig.Now)!.Value).ToList();
        foreach (var reporter in Enumerable.Range(0, 9))
        {
            Report($"operator {reporter}", 10);
        }

        Assert.All(attempts, attempt => Assert.False(_rig.Quota.IsWithin(attempt, PerHour, _rig.Now)));
    }

    [Fact]
    public void Messages_sent_through_other_nodes_use_up_the_quota_here()
    {
        foreach (var reporter in Enumerable.Range(0, 10))
        {
            Report($"operator {reporter}", 10);
        }

        Assert.Null(_rig.Quota.Register(Host, PerHour, _rig.Now));
    }

    [Fact]
    public void False_reports_of_two_operators_do_not_use_up_the_quota()
    {
        Report("liar", 1_000_000);
        Report("other liar", 1_000_000);
        Report("honest", 1);
        Assert.NotNull(_rig.Quota.Register(Host, PerHour, _rig.Now));
    }

    // The other nodes of a cluster, and of this operator.
    [Fact]
    public void What_the_own_operators_nodes_let_pass_counts_from_the_first_unit_on_although_others_may_lie()
    {
        Report("us", 1);
        Assert.Equal(2, _rig.Quota.PerHour(Host, _rig.Now), 0.1f);
        Report("liar", 1);
        Report("us", 1);
        Assert.Equal(4, _rig.Quota.PerHour(Host, _rig.Now), 0.1f);
        _rig.Advance(TimeSpan.FromMinutes(30));
        _rig.Engine.Sweep(_rig.Now);
        Assert.Equal(4 / Math.E, _rig.Quota.PerHour(Host, _rig.Now), 0.1);
    }

    [Fact]
    public void The_quota_counts_against_no_other_block()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _rig.Quota.Register(Host, PerHour, _rig.Now);
        }

        var neighbour = _rig.Describe(IpBlock.Of(IPAddress.Parse("192.0.2.2")));
        Assert.All(neighbour.Areas, area => Assert.Equal(0, area.NewcomersPerHour));
        Assert.Equal(0, _rig.Describe(Host).Load);
    }

    [Fact]
    public void No_quota_key_is_the_key_of_a_block_in_use() =>
        Prop.ForAll<uint, ulong>((v4, v6) =>
        {
            var (narrow, wide) = (IpBlock.Of(new IPAddress(BitConverter.GetBytes(v4))), Global(v6));
            IpBlock[] used = [narrow, wide, narrow.Site, wide.Site, narrow.Region, wide.Region];
            return used.All(block => block.Key >> 62 is 0 or 3 && block.Quota.Key >> 62 is 1 or 2)
                && narrow.Quota.Site == narrow.Site.Quota;
        }).QuickCheckThrowOnFailure();

    // Global unicast (2000::/3) or, of an odd number, local (fc00::/7).
    private static IpBlock Global(ulong bits) => new((bits & 1) == 0 ? (bits >> 3) | (1ul << 61) : (bits >> 7) | (0xfcul << 56), BlockLevel.Host);

    private void Report(string reporter, double units) => _rig.Report(reporter, Host.Quota, units);
}
