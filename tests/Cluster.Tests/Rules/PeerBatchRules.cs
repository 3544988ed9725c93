using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;
using static ThrottleNet.Cluster.Tests.Rules.Script;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>Rules 9, 14 and 17 of docs/cluster-protocol.md: other operators' batches, acknowledgements and promises.</summary>
public sealed class PeerBatchRules
{
    private readonly Script _script = new();

    [Fact]
    public void Rule_9_a_batch_is_acknowledged_once_it_is_read_back_from_each_of_its_shards()
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
    public void Rule_9_a_batch_that_was_appended_and_not_read_back_is_not_acknowledged()
    {
        var view = View("g1");
        var log = _script.Activate(1, view);
        var gateway = _script.Node("g1", view, Linked);
        gateway.PushTo(log);
        for (var seq = 1ul; seq <= ClusterLimits.MaxNews; seq++)
        {
            var counts = BatchCounts.Of([Keys.Unit(Keys.Of(0, 1, (int)seq))], []);
            log.Push(_script.Now, Push("b", log, log.End, new CountsEntry(new NodeId("b", 1), seq, log.Generation, 0, counts)));
        }

        gateway.Receive(new PeerBatchKey(7, 1, 1), "other", 5000);
        gateway.PushOnce(log);
        Assert.Equal(ClusterLimits.MaxNews, gateway.Ledger.Count);
        Assert.Empty(gateway.Of<BatchOrdered>());
        gateway.PushTo(log);
        Assert.Single(gateway.Of<BatchOrdered>());
    }

    [Fact]
    public void Rule_9_a_promise_covers_the_counts_read_before_the_batch()
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

        // The report mark is sent with the same reply. Until it is answered, no number is certain.
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
    public void Rule_9_a_gateway_that_is_not_the_speaker_promises_only_late_counts()
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

        // More counts arrive between the promise and the report. They must not displace the promised counts.
        for (var attempt = 5000; attempt < 14_000; attempt++)
            a.Register(attempt);
        Read(a, gateway, log);
        _script.Wait(ClusterLimits.ReportInterval);
        Settle(log, gateway);
        var batches = gateway.Of<PublishBatch>().ToList();
        Assert.Equal([1, 4096, 4096, 4096, 1712], batches.Select(b => b.Counts.Count));
        Assert.Equal(
            Enumerable.Range(0, 5000),
            batches.Where(b => b.Seq <= promised).SelectMany(b => ScriptedNode.Numbers(b.Counts)).Intersect(Enumerable.Range(0, 5000)).Order());
        Assert.All(batches, b => Assert.True(BatchBody.TryDecode(BatchBody.Encode(b.Counts), out _)));
    }

    [Fact]
    public void Rule_14_a_batch_of_an_own_gateway_is_not_applied_even_if_no_view_names_the_gateway()
    {
        var view = View("g1", "silent");
        var log = _script.Activate(1, view);
        var gateway = _script.Node("g1", view, Linked);
        gateway.PushTo(log);
        gateway.Receive(new PeerBatchKey(99, 1, 1), "cluster", 50);
        gateway.PushTo(log);

        Assert.Single(gateway.Of<BatchOrdered>());
        Assert.Empty(gateway.Ledger);
        Assert.DoesNotContain(_script.Read(log), e => e is BatchEntry);
    }

    [Fact]
    public void Rule_17_batches_in_a_snapshot_that_a_gateway_takes_are_not_applied_again()
    {
        var view = View("g1", "g2", "a");
        var log = _script.Activate(1, view);
        var (first, second, a) = (_script.Node("g1", view, Linked), _script.Node("g2", view, Linked), _script.Node("a", view));
        Settle(log, first, second, a);
        first.Receive(new PeerBatchKey(7, 1, 2), "other", 12);
        first.TakeSnapshot([new PeerBatchRange(7, 1, 1, [2])], 11, 12);
        second.Receive(new PeerBatchKey(7, 1, 1), "other", 11);
        second.Receive(new PeerBatchKey(7, 1, 3), "other", 13);
        Settle(log, first, second, a);

        Assert.Equal([11, 12, 13], first.Ledger.Order());
        Assert.Equal([11, 12, 13], a.Ledger.Order());
        Assert.Single(first.Of<BatchOrdered>());
        Assert.Null(first.LeftOut());
    }

    [Fact]
    public void Rule_17_what_a_snapshot_brought_stays_applied_when_the_node_copies_the_shard()
    {
        var view = View("g1", "a");
        var log = _script.Activate(1, view);
        var (gateway, a) = (_script.Node("g1", view, Linked, joining: true), _script.Node("a", view));
        a.PushTo(log);
        gateway.PushTo(log);
        gateway.CopyFrom(a);
        gateway.TakeSnapshot([new PeerBatchRange(7, 1, 1, [])], 11);
        gateway.PushTo(log);
        log.Push(_script.Now, Push("b", log, 0, new CountsEntry(new NodeId("b", 1), 2, log.Generation, 0, new([Keys.Unit(Keys.Of(0, 1, 7))], []))));
        gateway.PushTo(log); // misses something
        gateway.CopyFrom(a);
        Assert.True(gateway.Node.Ends[0].GiveCopy()!.Marks.Contains(new PeerBatchKey(7, 1, 1)));
        Assert.Equal([11], gateway.Ledger);
    }

    [Fact]
    public void Rule_17_what_a_snapshot_brought_stays_applied_when_the_node_joins_anew()
    {
        var view = View("g1", "g2");
        var log = _script.Activate(1, view);
        var (gateway, other) = (_script.Node("g1", view, Linked), _script.Node("g2", view, Linked));
        Settle(log, gateway, other);
        gateway.TakeSnapshot([new PeerBatchRange(7, 1, 1, [])], 11);
        Settle(log, gateway);
        Assert.Equal([11], gateway.Ledger);
        gateway.JoinAnew();
        gateway.PushTo(log);
        gateway.CopyFrom(other);
        other.Receive(new PeerBatchKey(7, 1, 1), "other", 11);
        Settle(log, other, gateway);
        Assert.Equal([11], other.Ledger);
        Assert.Equal([11], gateway.Ledger);
    }

    [Fact]
    public void Rule_17_a_gateway_reads_the_logs_to_their_ends_before_it_takes_a_snapshot()
    {
        var view = View("g1", "g2");
        var log = _script.Activate(1, view);
        var (first, second) = (_script.Node("g1", view, Linked), _script.Node("g2", view, Linked));
        Settle(log, first, second);
        first.Register(1);
        first.PushTo(log);
        second.TakeSnapshot([], 1); // of a peer to which the first has reported the attempt
        Assert.Empty(second.Ledger);
        Settle(log, second);
        Assert.Equal([1], second.Ledger);
        Assert.Single(second.Of<RaiseToSnapshot>());
    }

    private static void Read(ScriptedNode source, ScriptedNode gateway, ShardLog log)
    {
        source.PushTo(log);
        var state = gateway.Node.Ends[0].State!;
        while (state.Cursor < log.End)
            gateway.PushTo(log);
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
