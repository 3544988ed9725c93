using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

/// <summary>What the snapshots of f + 1 operators agree on has a host refused, after a restart with stored counts and without.</summary>
public sealed class SnapshotEvidenceTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private readonly EngineRig _rig = new(faulty: 2, active: new ActiveOperators(8, IsSettled: true));

    [Fact]
    public void A_node_without_counts_refuses_a_sprayer_as_its_peers_do()
    {
        _rig.Engine.Raise([Row(50, evident: 45)], _rig.Now);
        Assert.Equal(45, _rig.Read(Host).Corroborated, 0.1f);
        Assert.Equal(50, _rig.Read(Host).Others, 0.1f);
        Assert.Equal(VerdictAction.Refuse, _rig.Attempt(Host).Action);
        Assert.True(_rig.IsRefusedAtConnect(Host, out _));
    }

    [Fact]
    public void A_node_with_stored_counts_takes_the_evidence_for_them_and_counts_nothing_twice()
    {
        for (var i = 0; i < 8; i++)
        {
            _rig.Report($"operator {i}", Host, 6);
        }

        _rig.Restart();
        Assert.Equal((48, 0), (MathF.Round(_rig.Read(Host).Others), _rig.Read(Host).Corroborated));
        var evidence = Row(0, evident: 36);
        _rig.Engine.Raise([evidence], _rig.Now);
        _rig.Engine.Raise([evidence], _rig.Now);
        Assert.Equal((48, 36), (MathF.Round(_rig.Read(Host).Others), MathF.Round(_rig.Read(Host).Corroborated)));
        Assert.Equal(48, _rig.Read(Host).Slow, 0.1f);
        Assert.Equal(VerdictAction.Refuse, _rig.Attempt(Host).Action);
    }

    [Fact]
    public void Counts_that_are_not_agreed_on_slow_an_innocent_host_only()
    {
        _rig.Engine.Raise([Row(1_000_000, evident: 1)], _rig.Now);
        Assert.Equal(VerdictAction.Slow, _rig.Attempt(Host).Action);
    }

    [Fact]
    public void Evidence_adds_nothing_to_what_is_corroborated_already()
    {
        for (var i = 0; i < 8; i++)
        {
            _rig.Report($"operator {i}", Host, 6);
        }

        var before = _rig.Read(Host);
        _rig.Engine.Raise([Row(48, evident: 36)], _rig.Now);
        Assert.Equal(before, _rig.Read(Host));
    }

    [Fact]
    public void A_new_node_is_as_old_as_the_hosts_that_its_peers_agree_on()
    {
        var rig = new EngineRig(CountingLimits.Default with { MaxEnvelopes = 1024, MaxRows = 100_000 }, faulty: 2);
        rig.Engine.Raise([Row(2, evident: 2) with { Age = (long)TimeSpan.FromDays(30).TotalMilliseconds }], rig.Now);
        Assert.Equal(30, rig.Describe(Host).Age.TotalDays, 0.1);
        Assert.False(rig.Describe(Host).Standing);
        rig.Engine.Sweep(rig.Now);
        Assert.True(rig.Describe(Host).Standing);
        Assert.Equal(100, rig.Describe(Host).Areas[0].LimitPerHour);
    }

    [Fact]
    public void A_host_that_is_known_keeps_its_own_age()
    {
        _rig.Attempt(Host);
        _rig.Engine.Raise([Row(5, evident: 5) with { Age = (long)TimeSpan.FromDays(30).TotalMilliseconds }], _rig.Now);
        Assert.Equal(TimeSpan.Zero, _rig.Describe(Host).Age);
    }

    [Fact]
    public void A_snapshot_says_what_is_evident_and_since_when_the_host_is_known()
    {
        _rig.Stand(Host, stands: false, age: TimeSpan.FromDays(3));
        _rig.AddOwn(Host, 4);
        _rig.Report("one", Host, 100);
        var row = Assert.Single(_rig.Engine.ReadSnapshot([Host.Key], [], 10, _rig.Now));
        Assert.Equal(4, row.AttemptsEvident, 0.01);
        Assert.InRange(row.AttemptsFast, 8.9, 9.1);
        Assert.Equal(3, TimeSpan.FromMilliseconds(row.Age).TotalDays, 0.05);
    }

    [Fact]
    public void A_node_without_counts_limits_the_newcomers_of_a_flooded_site_as_its_peers_do()
    {
        const int Hosts = 8000;
        var limits = CountingLimits.Default with { WarmUp = TimeSpan.Zero, MaxEnvelopes = 1 << 15, MaxRows = 1 << 16 };
        var (peer, fresh) = (new EngineRig(limits), new EngineRig(limits));
        Flood(peer, 0);
        fresh.Engine.Raise(peer.Engine.ReadSnapshot(peer.Engine.Hottest(Hosts, peer.Now), [], Hosts, peer.Now), fresh.Now);
        Assert.Equal(peer.Describe(Newcomer(0)).Chance, fresh.Describe(Newcomer(0)).Chance, 0.001f);
        Assert.Equal(peer.Describe(Newcomer(0)).Areas[1].NewcomersPerHour, fresh.Describe(Newcomer(0)).Areas[1].NewcomersPerHour, 10f);

        // Without the snapshot some 300 pass.
        Assert.InRange(Flood(fresh, Hosts), 1, 100);

        static IpBlock Newcomer(int number) => new(0x2001_0db8_0000_0000ul + (ulong)number, BlockLevel.Host);
        static int Flood(EngineRig rig, int first) => Enumerable.Range(first, Hosts).Count(i => rig.Attempt(Newcomer(i)).Passes);
    }

    [Fact]
    public void A_snapshot_that_says_nothing_new_counts_nothing_in_the_site()
    {
        _rig.Attempt(Host);
        var before = _rig.Describe(Host).Areas[0].NewcomersPerHour;
        _rig.Engine.Raise([Row(1, evident: 1)], _rig.Now);
        Assert.Equal(before, _rig.Describe(Host).Areas[0].NewcomersPerHour);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Among_few_operators_no_single_one_has_a_host_refused(int others)
    {
        _rig.Engine.Operators = new ActiveOperators(others, IsSettled: true);
        _rig.Report("liar", Host, 1_000_000);
        Assert.NotEqual(VerdictAction.Refuse, _rig.Attempt(Host).Action);
        Assert.False(_rig.IsRefusedAtConnect(Host, out _));
        if (others < 3)
        {
            _rig.Report("another", Host, 40);
            Assert.Equal(VerdictAction.Refuse, _rig.Attempt(Host).Action);
        }
    }

    private static SnapshotRow Row(double units, double evident) => new(Host.Key, units, units, 0, 0) { AttemptsEvident = evident };
}
