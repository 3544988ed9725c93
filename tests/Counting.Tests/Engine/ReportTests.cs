using System.Net;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

public sealed class ReportTests
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.1"));
    private readonly EngineRig _rig = new(faulty: 2);

    [Fact]
    public void Among_few_operators_every_report_counts_and_the_highest_one_corroborates_nothing()
    {
        _rig.Engine.Operators = new ActiveOperators(2, IsSettled: true);
        Report("a", 10);
        Report("b", 10);
        Assert.Equal(20, Read().Others, 0.01f);
        Assert.Equal(10, Read().Corroborated, 0.01f);
    }

    [Fact]
    public void Two_operators_that_report_a_million_each_add_as_much_as_the_next_highest_report()
    {
        Report("liar", 1_000_000);
        Report("other liar", 1_000_000);
        Report("honest", 4);
        Assert.Equal(12, Read().Others, 0.01f);
        Assert.Equal(4, Read().Corroborated, 0.01f);
        Assert.InRange(Read().Slow, 0, 40);
    }

    [Fact]
    public void Small_reports_of_many_operators_are_corroborated()
    {
        for (var i = 0; i < 6; i++)
        {
            Report("operator " + i, 8);
        }

        Assert.Equal(48, Read().Others, 0.01f);
        Assert.Equal(32, Read().Corroborated, 0.01f);
    }

    [Fact]
    public void Small_reports_of_two_operators_count_in_full_and_corroborate_nothing()
    {
        Report("a", 2);
        Report("b", 2);
        Assert.Equal(4, Read().Others, 0.01f);
        Assert.Equal(0, Read().Corroborated);
        Assert.Empty(_rig.Describe(Host).Reporters);
    }

    [Fact]
    public void Reports_of_the_own_operators_nodes_are_evidence()
    {
        Report("us", 30);
        Assert.Equal(30, Read().Others, 0.01f);
        Assert.Equal(30, Read().Corroborated, 0.01f);
    }

    [Fact]
    public void Counts_from_before_a_restart_of_this_node_are_its_own()
    {
        _rig.Engine.Apply(null, BatchCounts.Of([new CountEntry(Host.Key, 12)], [new CountEntry(Host.Key, 4)]), _rig.Now, _rig.Now);
        var evidence = _rig.Engine.Ledger.Read(Host, _rig.Now);
        Assert.Equal(3, evidence.Counts.Own, 0.01f);
        Assert.Equal(3, _rig.Engine.Ledger.ReadNeighbourhood(Host, _rig.Now).Region.Newcomers, 0.01f);
        Assert.Equal(1, evidence.BadRecipients.Own, 0.01f);
    }

    [Fact]
    public void A_snapshot_raises_counts_to_its_rows_and_corroborates_nothing()
    {
        _rig.AddOwn(Host, 4);
        _rig.Engine.Raise([new SnapshotRow(Host.Key, 30, 40, 2, 2)], _rig.Now);
        _rig.Engine.Raise([new SnapshotRow(Host.Key, 20, 20, 1, 1)], _rig.Now);
        var counts = Read();
        Assert.Equal(4, counts.Own, 0.01f);
        Assert.Equal(26, counts.Others, 0.01f);
        Assert.Equal(40, counts.Slow, 0.01f);
        Assert.Equal(0, counts.Corroborated);
        var evidence = _rig.Engine.Ledger.Read(Host, _rig.Now);
        Assert.Equal(2, evidence.BadRecipients.Others, 0.01f);
    }

    [Fact]
    public void A_snapshot_has_the_busiest_hosts_first_by_own_and_reported_counts()
    {
        _rig.Engine.Operators = new ActiveOperators(2, IsSettled: true);
        for (var i = 1; i <= 20; i++)
        {
            _rig.AddOwn(IpBlock.Of(IPAddress.Parse($"198.51.100.{i}")), i);
        }

        _rig.AddOwn(Host, 0.5);
        Report("a", 10);
        var rows = _rig.Engine.ReadSnapshot(_rig.Engine.Hottest(12, _rig.Now), [], 12, _rig.Now);
        Assert.Equal(12, rows.Count);
        Assert.Equal(rows.OrderByDescending(r => r.AttemptsFast), rows);
        Assert.Equal(Host.Key, rows[10].Key);
        Assert.Equal(10, rows[11].AttemptsFast, 0.01);
    }

    [Fact]
    public void A_large_batch_is_counted_whole_and_once()
    {
        _rig.Engine.Operators = new ActiveOperators(2, IsSettled: true);
        var counts = BatchCounts.Of(
            Enumerable.Range(1, 300).Select(i => new CountEntry(Host.Key + (ulong)i, 4 * (uint)i)),
            Enumerable.Range(1, 150).Select(i => new CountEntry(Host.Key + (ulong)i, (uint)(2 * i))));
        _rig.Engine.Apply("a", counts, _rig.Now, _rig.Now);
        foreach (var (host, units) in counts.Attempts.Select(e => (e.Host, e.Units)))
        {
            Assert.Equal(units, _rig.Read(host).Others, 0.001);
        }

        foreach (var (host, units) in counts.BadRecipients.Select(e => (e.Host, e.Units)))
        {
            Assert.Equal(units, _rig.Engine.ReadBadRecipients(host, _rig.Now).Others, 0.001);
        }
    }

    [Fact]
    public void Reported_counts_from_before_a_restart_count_in_full()
    {
        Report("a", 15);
        _rig.Restart();
        Assert.Equal(15, Read().Others, 0.01f);
    }

    [Fact]
    public void Reporters_are_listed_by_their_reports_in_descending_order()
    {
        Report("a", 6);
        Report("b", 12);
        Assert.Equal(["b", "a"], _rig.Describe(Host).Reporters.Select(r => r.Operator));
        Assert.Equal(24, _rig.Describe(Host).Reporters[0].PerHour, 0.01);
    }

    private BlockCounts Read() => _rig.Read(Host);

    private void Report(string reporter, double units) => _rig.Report(reporter, Host, units);
}
