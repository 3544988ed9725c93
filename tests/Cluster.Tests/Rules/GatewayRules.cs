using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;
using static ThrottleNet.Cluster.Tests.Rules.Script;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>Rules 8 to 11 and 14 of docs/cluster-protocol.md: reporting to other operators, and their batches.</summary>
public sealed class GatewayRules
{
    private readonly Script _script = new();

    [Fact]
    public void Rule_8_two_gateways_that_both_believe_to_speak_report_each_count_once()
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
    public void Rule_8_a_speaker_that_is_cut_off_from_its_peers_only_yields()
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
    public void Rule_8_counts_are_reported_even_if_every_gateway_believes_that_another_one_speaks()
    {
        // The oldest gateway is dead, and no view says so.
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
    public void Rule_9_a_batch_is_acknowledged_when_it_is_read_back_from_every_shard_that_it_concerns()
    {
        var view = View("g1");
        var (first, second) = (_script.Activate(1, view), _script.Activate(2, view));
        var gateway = _script.Node("g1", view, Linked, shards: 2);
        gateway.PushTo(first, shard: 0);
        gateway.PushTo(second, shard: 1);
        gateway.Receive(new PeerBatchKey(7, 1, 1), "other", 10, 11);
        Assert.Empty(gateway.Of<BatchOrdered>());
        gateway.PushTo(first, shard: 0);
        Assert.Empty(gateway.Of<BatchOrdered>());
        gateway.LoseReply(second, shard: 1);
        Assert.Empty(gateway.Of<BatchOrdered>());
        _script.Wait(50);
        gateway.PushTo(second, shard: 1);

        Assert.Single(gateway.Of<BatchOrdered>());
        Assert.Equal([10, 11], gateway.Ledger.Order());
    }

    [Fact]
    public void Rule_9_a_promise_covers_what_was_read_before_the_batch()
    {
        var view = View("g1", "a");
        var log = _script.Activate(1, view);
        var (gateway, a) = (_script.Node("g1", view, Linked), _script.Node("a", view));
        Settle(log, gateway, a);
        Assert.Equal(0ul, gateway.Promise());
        a.Register(1);
        a.PushTo(log);
        _script.Wait(ClusterLimits.PollInterval);
        gateway.PushOnce(log);
        Assert.Equal([1], gateway.Ledger);

        // The report mark goes out with the same reply; while it is out, no number is certain.
        Assert.NotNull(gateway.Node.Ends[0].State!.MarkSent);
        Assert.Null(gateway.Promise());
        gateway.PushTo(log);
        Assert.Equal([1], gateway.Published);
        Assert.Equal(1ul, gateway.Promise());

        // Within the interval nothing is reported, so counts that come now are promised with the next batch.
        a.Register(2);
        a.PushTo(log);
        _script.Wait(ClusterLimits.PollInterval);
        gateway.PushTo(log);
        Assert.Equal(2ul, gateway.Promise());
        _script.Wait(ClusterLimits.ReportInterval);
        gateway.PushTo(log);
        Assert.Equal([1, 2], gateway.Published);
    }

    [Fact]
    public void Rule_9_a_gateway_that_does_not_speak_promises_counts_only_when_they_are_late()
    {
        var view = View("g1", "g2");
        var log = _script.Activate(1, view);
        var gateway = _script.Node("g2", view, Linked);
        gateway.Register(1);
        gateway.PushTo(log);
        Assert.Equal(0ul, gateway.Promise());
        _script.Wait(ClusterLimits.LateReport);
        gateway.PushTo(log);
        Assert.Equal(1ul, gateway.Promise());
    }

    [Fact]
    public void Rule_9_a_promise_holds_when_the_counts_fill_more_than_one_batch()
    {
        var view = View("g1", "a");
        var log = _script.Activate(1, view);
        var (gateway, a) = (_script.Node("g1", view, Linked), _script.Node("a", view));
        Settle(log, gateway, a);
        a.Register(70_000);
        Settle(log, a, gateway);
        Assert.Equal(1ul, gateway.Node.Gateway!.Published);
        for (var attempt = 0; attempt < 5000; attempt++)
            a.Register(attempt);
        Read(a, gateway, log);
        var promised = gateway.Promise();
        Assert.Equal(3ul, promised);

        // More comes between the promise and the report. It must not push out what was promised.
        for (var attempt = 5000; attempt < 14_000; attempt++)
            a.Register(attempt);
        Read(a, gateway, log);
        _script.Wait(ClusterLimits.ReportInterval);
        Settle(log, gateway);
        var batches = gateway.Of<PublishBatch>().ToList();
        Assert.Equal([1, 4096, 4096, 4096, 1712], batches.Select(b => b.Counts.Count));
        Assert.Equal(
            Enumerable.Range(0, 5000),
            batches.Where(b => b.Seq <= promised).SelectMany(b => Actor.Numbers(b.Counts)).Intersect(Enumerable.Range(0, 5000)).Order());
        Assert.All(batches, b => Assert.True(BatchBody.TryDecode(BatchBody.Encode(b.Counts), out _)));
    }

    [Fact]
    public void Rule_10_a_promised_number_whose_counts_went_elsewhere_is_published_empty()
    {
        var view = View("g1", "g2");
        var log = _script.Activate(1, view);
        var (first, second) = (_script.Node("g1", View("g1"), Linked), _script.Node("g2", View("g2"), Linked));
        Settle(log, first, second);
        first.Register(1);
        Settle(log, first, second);
        Assert.Equal([1], first.Published);

        // Within the first gateway's interval, more comes, which it promises. The second reports it.
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
    public void Rule_11_an_attempt_waits_for_the_marker_of_its_range_which_follows_the_peers_batches()
    {
        var view = View("g1", "a");
        var log = _script.Activate(1, view);
        var (gateway, a) = (_script.Node("g1", view, Linked), _script.Node("a", view));
        Settle(log, gateway, a);
        a.Register(1);
        Settle(log, a, gateway);
        Assert.Null(a.Decision(1));

        // A peer's batch comes in, and the hold of the report is complete, in this order.
        gateway.Receive(new PeerBatchKey(7, 1, 1), "other", 50);
        gateway.HoldCompleted(1);
        a.Register(2);
        Settle(log, gateway, a);
        Assert.Equal(Basis.Marker, a.Decision(1)?.Basis);
        Assert.True(a.Effects.FindIndex(e => e is ApplyPeerBatch) < a.Effects.FindIndex(e => e is Decide));
        Assert.Null(a.Decision(2));
    }

    [Fact]
    public void Rule_11_a_marker_of_another_generation_judges_nothing()
    {
        var view = View("g1", "a");
        var (first, second) = (_script.Activate(1, view), _script.Activate(2, view));
        var (gateway, a) = (_script.Node("g1", view, Linked), _script.Node("a", view));
        Settle(first, gateway, a);
        Settle(first, gateway, a);
        a.Register(1);
        Settle(first, a, gateway);
        Assert.Equal(1ul, gateway.Node.Gateway!.Published);
        Settle(second, gateway, a);
        gateway.HoldCompleted(1);
        Settle(second, gateway, a);

        Assert.Null(a.Decision(1));
        Assert.DoesNotContain(_script.Read(second), e => e is CompleteMark);
    }

    [Fact]
    public void Rule_11_at_the_hold_an_attempt_is_judged_without_a_marker()
    {
        var view = View("g1", "a");
        var log = _script.Activate(1, view);
        var (gateway, a) = (_script.Node("g1", view, Linked), _script.Node("a", view));
        Settle(log, gateway, a);
        Settle(log, gateway, a);
        a.Register(1);
        Settle(log, a, gateway);
        a.Register(2);
        _script.Wait(Hold);

        Assert.Equal(Basis.HoldOrdered, a.Decision(1)?.Basis);
        Assert.Equal(Basis.HoldUnordered, a.Decision(2)?.Basis);
    }

    [Fact]
    public void Rule_11_a_gateway_that_has_not_pushed_counts_as_linked()
    {
        // g1 is alone. Of g2 the log knows nothing, and so nothing is judged as if there were no peers.
        var view = View("g1", "g2");
        var log = _script.Activate(1, view);
        var (first, second) = (_script.Node("g1", view, Unlinked), _script.Node("g2", view, Unlinked));
        Settle(log, first);
        Settle(log, first);
        _script.Wait(1000);
        first.Register(1);
        Settle(log, first);
        Assert.Null(first.Decision(1));
        Settle(log, second, first);
        Assert.Equal(Basis.Marker, first.Decision(1)?.Basis);
    }

    [Fact]
    public void Rule_14_a_batch_of_an_own_gateway_is_not_applied_even_if_no_view_names_the_gateway()
    {
        var view = View("g1");
        var log = _script.Activate(1, view);
        var gateway = _script.Node("g1", view, Linked);
        gateway.PushTo(log);
        gateway.Receive(new PeerBatchKey(99, 1, 1), "cluster", 50);
        gateway.PushTo(log);

        Assert.Single(gateway.Of<BatchOrdered>());
        Assert.Empty(gateway.Ledger);
        Assert.DoesNotContain(_script.Read(log), e => e is BatchEntry);
    }

    private static void Read(Actor source, Actor gateway, ShardLog log)
    {
        source.PushTo(log);
        var state = gateway.Node.Ends[0].State!;
        while (state.Cursor < log.End)
            gateway.PushTo(log);
    }

    private static void Settle(ShardLog log, params Actor[] actors)
    {
        for (var i = 0; i < 3; i++)
        {
            foreach (var actor in actors)
                actor.PushTo(log);
        }
    }
}
