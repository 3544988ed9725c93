using ThrottleNet.Cluster.Gateways;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;
using static ThrottleNet.Cluster.Tests.Rules.Script;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>Rules 8, 10 and 16 of docs/cluster-protocol.md: which gateway reports the cluster's counts, and how often.</summary>
public sealed class ReportRules
{
    private readonly Script _script = new();

    [Fact]
    public void Rule_8_two_gateways_that_both_act_as_speaker_report_each_count_once()
    {
        var log = _script.Activate(1, View("g1", "g2"));
        var first = _script.Node("g1", View("g1"), Linked);
        var second = _script.Node("g2", View("g2"), Linked);
        first.PushTo(log);
        second.PushTo(log);
        for (var attempt = 0; attempt < 40; attempt++)
        {
            (attempt % 3 == 0 ? first : second).Register(attempt);
            first.PushTo(log);
            second.PushTo(log);
            _script.Wait(200);
        }

        Settle(log, first, second);
        Assert.True(first.Published.Count > 5 && second.Published.Count > 5);
        Assert.Equal(Enumerable.Range(0, 40), first.Published.Concat(second.Published).Order());
    }

    [Fact]
    public void Rule_8_the_oldest_gateway_speaks_and_the_other_one_is_silent()
    {
        var view = View("g1", "g2");
        var log = _script.Activate(1, view);
        var (first, second) = (_script.Node("g1", view, Linked), _script.Node("g2", view, Linked));
        second.Register(1);
        Settle(log, second, first);
        Settle(log, second, first);

        Assert.Equal([1], first.Published);
        Assert.Empty(second.Of<PublishBatch>());
    }

    [Fact]
    public void Rule_8_a_speaker_that_loses_only_its_links_to_peers_yields()
    {
        var view = View("g1", "g2");
        var log = _script.Activate(1, view);
        var (first, second) = (_script.Node("g1", view, Linked), _script.Node("g2", view, Linked));
        Settle(log, first, second);
        first.Node.SetLinks(_script.Now, Unlinked);
        Settle(log, first, second);
        first.Register(1);
        Settle(log, first, second);
        Assert.Empty(first.Of<PublishBatch>());
        Assert.Equal([1], second.Published);

        first.Node.SetLinks(_script.Now, Linked);
        Settle(log, first, second);
        second.Register(2);
        Settle(log, first, second);
        Assert.Equal([2], first.Published);
    }

    [Fact]
    public void Rule_8_counts_are_reported_even_if_each_gateway_takes_another_for_the_speaker()
    {
        // The oldest gateway is dead, but alive in every view.
        var view = View("g1", "g2", "g3");
        var log = _script.Activate(1, view);
        var (second, third) = (_script.Node("g2", view, Linked), _script.Node("g3", view, Linked));
        second.Register(1);
        Settle(log, second, third);
        Assert.Empty(second.Published);
        _script.Wait(ClusterLimits.Overdue);
        Settle(log, second, third);

        Assert.Equal([1], second.Published.Concat(third.Published));
    }

    [Fact]
    public void Rule_10_a_promised_batch_whose_counts_another_gateway_reported_is_published_empty()
    {
        var view = View("g1", "g2");
        var log = _script.Activate(1, view);
        var (first, second) = (_script.Node("g1", View("g1"), Linked), _script.Node("g2", View("g2"), Linked));
        Settle(log, first, second);
        first.Register(1);
        Settle(log, first, second);
        Assert.Equal([1], first.Published);

        // Within the interval of the first gateway more counts arrive. The first promises them; the second reports them.
        second.Register(2);
        second.PushOnce(log);
        _script.Wait(ClusterLimits.PollInterval);
        first.PushTo(log);
        Assert.Equal(2ul, first.Promise());
        second.PushTo(log);
        Assert.Equal([2], second.Published);
        _script.Wait(ClusterLimits.PollInterval);
        first.PushTo(log);

        var batch = first.Of<PublishBatch>().Last();
        Assert.Equal((2ul, 0), (batch.Seq, batch.Counts.Count));
        Assert.True(BatchBody.TryDecode(BatchBody.Encode(batch.Counts), out _));
    }

    [Fact]
    public void Rule_16_a_snapshot_leaves_out_counts_that_no_batch_carries()
    {
        var view = View("g1", "n1");
        var log = _script.Activate(1, view);
        var (gateway, node) = (_script.Node("g1", view, Linked), _script.Node("n1", view));
        Settle(log, gateway, node);
        Assert.Null(gateway.LeftOut()); // it has just started
        _script.Wait(ClusterLimits.SnapshotCalm);
        gateway.Register(1);
        Assert.Equal([1], gateway.LeftOut());
        node.Register(2);
        node.PushTo(log);
        while (!gateway.Ledger.Contains(2))
            gateway.PushOnce(log);
        Assert.Equal([1, 2], gateway.LeftOut()!.Order());
        Settle(log, gateway, node);
        Assert.Equal([1, 2], gateway.Published.Order());
        Assert.Equal([], gateway.LeftOut());
    }

    [Fact]
    public void Rule_16_a_snapshot_leaves_out_a_peers_batch_that_only_another_gateway_has_received()
    {
        var view = View("g1", "g2");
        var log = _script.Activate(1, view);
        var (first, second) = (_script.Node("g1", view, Linked), _script.Node("g2", view, Linked));
        Settle(log, first, second);
        _script.Wait(ClusterLimits.SnapshotCalm);
        var key = new PeerBatchKey(9, 1, 1);
        second.Receive(key, "other", 7);
        Settle(log, second, first);
        Assert.Equal([7], first.LeftOut());
        first.Receive(key, "other", 7);
        Assert.Equal([], first.LeftOut());
    }

    [Fact]
    public void Rule_16_there_is_no_snapshot_while_another_gateways_batch_may_be_on_its_way()
    {
        var (log, first, second) = Report(View("g1", "g2"));
        Assert.Equal([], first.LeftOut());
        _script.Wait(2 * ClusterLimits.SnapshotCalm);
        Assert.Null(second.LeftOut()); // the other gateway may stand still between its mark and its batch

        first.HoldCompleted(1);
        Settle(log, first, second);
        Assert.Null(second.LeftOut());
        _script.Wait(ClusterLimits.SnapshotCalm);
        Assert.Equal([], second.LeftOut());
    }

    [Fact]
    public void Rule_16_there_is_no_snapshot_while_a_mark_without_its_batch_is_young()
    {
        var (_, _, second) = Report(View("g1", "g2"));
        _script.Wait(110_000);
        Assert.Null(second.LeftOut());
        _script.Wait(15_000);
        Assert.Equal([], second.LeftOut());
    }

    [Fact]
    public void Rule_16_a_complete_report_ends_the_wait_for_the_earlier_ones_of_its_gateway()
    {
        var generation = new Generation(1);
        var reports = new UnfinishedReports(new NodeContext(new NodeId("g2", 1), new ClusterSettings("us", 1, Hold), View("g1", "g2", "g3")) { Now = _script.Now });
        reports.Add(0, generation, 5, new NodeId("g1", 1));
        reports.Add(0, generation, 7, new NodeId("g3", 1));
        reports.Add(0, generation, 9, new NodeId("g1", 1));
        Assert.True(reports.Remove(0, generation, new CompleteMark(6, 9)));
        Assert.False(reports.Remove(0, generation, new CompleteMark(2, 5)));
        Assert.True(reports.Any);
        Assert.False(reports.Remove(1, generation, new CompleteMark(6, 7)));
        Assert.True(reports.Remove(0, generation, new CompleteMark(6, 7)));
        Assert.False(reports.Any);
    }

    [Fact]
    public void Rule_16_there_is_no_snapshot_while_a_mark_may_be_unknown_that_was_there_before_a_copy()
    {
        var view = View("g1", "g2", "g3");
        var (log, first, second) = Report(view);
        var third = _script.Node("g3", view, Linked, joining: true);
        third.PushTo(log);
        third.CopyFrom(second);
        Settle(log, third, first, second);
        _script.Wait(3 * ClusterLimits.SnapshotCalm);
        Assert.Null(third.LeftOut());
        _script.Wait(ClusterLimits.BatchMemory);
        Assert.Equal([], third.LeftOut());
    }

    [Fact]
    public void Rule_16_there_is_no_snapshot_right_after_a_gateway_stood_still()
    {
        var view = View("g1", "a");
        var log = _script.Activate(1, view);
        var (gateway, a) = (_script.Node("g1", view, Linked), _script.Node("a", view));
        Settle(log, gateway, a);
        _script.Wait(ClusterLimits.SnapshotCalm);
        Assert.Equal([], gateway.LeftOut());
        _script.StandStill(ClusterLimits.SnapshotCalm);
        Assert.Null(gateway.LeftOut());
        _script.Wait(ClusterLimits.SnapshotCalm / 2);
        Assert.Null(gateway.LeftOut());
        _script.Wait(ClusterLimits.SnapshotCalm);
        Assert.Equal([], gateway.LeftOut());
    }

    [Fact]
    public void A_gateway_is_reporting_until_every_peer_has_its_batch()
    {
        var view = View("g1", "a");
        var log = _script.Activate(1, view);
        var (gateway, a) = (_script.Node("g1", view, Linked), _script.Node("a", view));
        Settle(log, gateway, a);
        Assert.False(gateway.Node.Gateway!.IsReporting);
        a.Register(1);
        Settle(log, a, gateway);
        Assert.Equal([1], gateway.Published);
        Assert.True(gateway.Node.Gateway.IsReporting);
        gateway.HoldCompleted(1);
        Assert.False(gateway.Node.Gateway.IsReporting);
    }

    // The first gateway reports an attempt of the second one. Whether every peer has the batch is not known yet.
    private (ShardLog Log, ScriptedNode First, ScriptedNode Second) Report(ClusterView view)
    {
        var log = _script.Activate(1, view);
        var (first, second) = (_script.Node("g1", view, Linked), _script.Node("g2", view, Linked));
        Settle(log, first, second);
        _script.Wait(ClusterLimits.SnapshotCalm);
        second.Register(1);
        Settle(log, second, first);
        Settle(log, first, second);
        Assert.Equal([1], first.Published);
        return (log, first, second);
    }

    private static void Settle(ShardLog log, params ScriptedNode[] actors)
    {
        for (var i = 0; i < 3; i++)
        {
            foreach (var actor in actors)
                actor.PushTo(log);
        }
    }
}
