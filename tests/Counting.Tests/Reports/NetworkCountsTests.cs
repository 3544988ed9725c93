using System.Net;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class NetworkCountsTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private readonly FakeTimeProvider _time = new();
    private readonly Ledger _ledger;
    private readonly NetworkCounts _counts;

    public NetworkCountsTests()
    {
        _ledger = new Ledger(new CountingLimits(), _time);
        _counts = new NetworkCounts(new CountingLimits(), _ledger, "us", faulty: 2) { Operators = new OperatorsHeard(6, IsSettled: true) };
    }

    [Fact]
    public void Without_liars_to_be_feared_every_report_counts()
    {
        _counts.Operators = new OperatorsHeard(2, IsSettled: true);
        Report("a", 10);
        Report("b", 10);
        Assert.Equal(20, Believed().Others, 0.01f);
        Assert.Equal(20, Believed().Proven, 0.01f);
    }

    [Fact]
    public void Two_operators_who_report_a_million_add_no_more_than_the_next_one()
    {
        Report("liar", 1_000_000);
        Report("other liar", 1_000_000);
        Report("honest", 4);
        Assert.Equal(12, Believed().Others, 0.01f);
        Assert.Equal(4, Believed().Proven, 0.01f);
        Assert.InRange(Believed().Slow, 0, 40);
    }

    [Fact]
    public void What_many_operators_saw_a_little_of_each_is_proven()
    {
        for (var i = 0; i < 6; i++)
        {
            Report("operator " + i, 8);
        }

        Assert.Equal(48, Believed().Others, 0.01f);
        Assert.Equal(32, Believed().Proven, 0.01f);
    }

    [Fact]
    public void A_little_is_believed_as_it_is_and_proves_nothing()
    {
        Report("a", 2);
        Report("b", 2);
        Assert.Equal(4, Believed().Others, 0.01f);
        Assert.Equal(0, Believed().Proven);
        Assert.Empty(_counts.Describe(Host));
    }

    [Fact]
    public void Nodes_of_the_own_operator_are_believed_and_count_as_evidence()
    {
        Report("us", 30);
        Assert.Equal(30, Believed().Others, 0.01f);
        Assert.Equal(30, Believed().Proven, 0.01f);
    }

    [Fact]
    public void What_this_node_counted_before_a_restart_is_its_own()
    {
        _counts.Add(null, BatchCounts.Of([new CountEntry(Host.Key, 12)], [new CountEntry(Host.Key, 4)]), Now);
        var evidence = _ledger.Read(Host, _ledger.Now);
        Assert.Equal(3, evidence.Ladder.Host.Own, 0.01f);
        Assert.Equal(3, evidence.Ladder.Region.Own, 0.01f);
        Assert.Equal(1, evidence.BadRecipients.Own, 0.01f);
    }

    [Fact]
    public void A_snapshot_raises_counts_to_its_own_and_proves_nothing()
    {
        _ledger.AddOwn(Host, 4, _ledger.Now);
        _counts.Raise([new SnapshotRow(Host.Key, 30, 40, 2, 2)]);
        _counts.Raise([new SnapshotRow(Host.Key, 20, 20, 1, 1)]);
        var believed = Believed();
        Assert.Equal(4, believed.Own, 0.01f);
        Assert.Equal(26, believed.Others, 0.01f);
        Assert.Equal(40, believed.Slow, 0.01f);
        Assert.Equal(0, believed.Proven);
        var evidence = _ledger.Read(Host, _ledger.Now);
        Assert.Equal(2, evidence.BadRecipients.Others, 0.01f);
        Assert.Equal(26, evidence.Ladder.Site.Others, 0.01f);
    }

    [Fact]
    public void The_hottest_hosts_come_first_in_a_snapshot_with_everybodys_counts()
    {
        _counts.Operators = new OperatorsHeard(2, IsSettled: true);
        for (var i = 1; i <= 20; i++)
        {
            _ledger.AddOwn(IpBlock.Of(IPAddress.Parse($"198.51.100.{i}")), i, _ledger.Now);
        }

        Report("a", 10.5);
        var rows = _counts.Read(_counts.Hottest(12), [], 12);
        Assert.Equal(12, rows.Count);
        Assert.Equal(rows.OrderByDescending(r => r.AttemptsFast), rows);
        Assert.Equal(Host.Key, rows[10].Key);
        Assert.Equal(10, rows[11].AttemptsFast, 0.01);
    }

    [Fact]
    public void A_big_batch_is_counted_whole_and_once()
    {
        var counts = BatchCounts.Of(
            Enumerable.Range(1, 300).Select(i => new CountEntry(Host.Key + (ulong)i, (uint)i)),
            Enumerable.Range(1, 150).Select(i => new CountEntry(Host.Key + (ulong)i, (uint)(2 * i))));
        _counts.Add("a", counts, Now);
        foreach (var (host, units) in counts.Attempts.Select(e => (e.Host, e.Units)))
        {
            Assert.Equal(units, _ledger.ReadHost(host, _ledger.Now).Others, 0.001);
        }

        foreach (var (host, units) in counts.BadRecipients.Select(e => (e.Host, e.Units)))
        {
            Assert.Equal(units, _ledger.ReadBadRecipients(host, _ledger.Now).Others, 0.001);
        }

        var all = counts.Attempts.Where(e => e.Host.Region == Host.Region).Sum(e => e.Units);
        Assert.Equal(all, _ledger.Read(Host, _ledger.Now).Ladder.Region.Others, 0.01);
    }

    [Fact]
    public void Others_counts_of_before_a_restart_stay_believed_in_full()
    {
        Report("a", 15);
        var again = new NetworkCounts(new CountingLimits(), _ledger, "us", faulty: 2) { Operators = new OperatorsHeard(6, IsSettled: true) };
        again.Recall();
        Assert.Equal(15, again.Believe(_ledger.Read(Host, _ledger.Now)).Ladder.Host.Others, 0.01f);
    }

    [Fact]
    public void Who_reported_what_is_told_most_first()
    {
        Report("a", 6);
        Report("b", 12);
        Assert.Equal(["b", "a"], _counts.Describe(Host).Select(r => r.Operator));
        Assert.Equal(24, _counts.Describe(Host)[0].PerHour, 0.01);
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private BlockCounts Believed() => _counts.Believe(_ledger.Read(Host, _ledger.Now)).Ladder.Host;

    private void Report(string reporter, double units) =>
        _counts.Add(reporter, BatchCounts.Of([new CountEntry(Host.Key, (uint)(units * CountEntry.PerUnit))], []), Now);
}
