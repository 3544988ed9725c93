using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;
using static ThrottleNet.Cluster.Tests.Rules.Script;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>Rules 1 to 4 of docs/cluster-protocol.md: the log, homes, and resending.</summary>
public sealed class LogRules
{
    private readonly Script _script = new();

    [Fact]
    public void Rule_1_a_log_takes_counts_and_batches_once()
    {
        var view = View("g1", "g2");
        var log = _script.Activate(1, view);
        var (a, b) = (_script.Node("g1", view, Linked), _script.Node("g2", view, Linked));
        a.PushTo(log);
        b.PushTo(log);
        a.Register(1);
        a.LoseReply(log);
        _script.Wait(50);
        a.PushTo(log);
        a.Receive(new PeerBatchKey(7, 1, 1), "other", 50);
        b.Receive(new PeerBatchKey(7, 1, 1), "other", 50);
        a.PushTo(log);
        b.PushTo(log);
        a.PushTo(log);

        var entries = _script.Read(log);
        Assert.Single(entries.OfType<CountsEntry>());
        Assert.Single(entries.OfType<BatchEntry>());
        Assert.Equal([1, 50], a.Ledger.Order());
        Assert.Equal([1, 50], b.Ledger.Order());
    }

    [Fact]
    public void Rule_1_a_log_takes_nothing_that_is_addressed_to_another_generation()
    {
        var view = View("a");
        var log = _script.Activate(2, view);
        var counts = new CountsEntry(new NodeId("a", 1), 1, new Generation(1), 0, BatchCounts.Of([Keys.Unit(Keys.Of(0, 1, 1))], []));
        var push = Push("a", log, 0, counts, new ReportMark(new NodeId("a", 1)), new CompleteMark(0, 9));

        Assert.IsType<PushElsewhere>(log.Push(_script.Now, push with { Generation = new Generation(1) }));
        Assert.IsType<PushElsewhere>(log.Push(_script.Now, push with { Generation = null }));
        Assert.Equal(0, log.End);
    }

    [Fact]
    public void Rule_1_a_log_takes_no_marks_that_only_a_shard_writes()
    {
        var log = _script.Activate(1, View("a"));

        log.Push(_script.Now, Push("a", log, 0, new SettledMark(true), new PeersMark(null, false, true), new ForgottenMark(new Generation(9), 9)));

        Assert.Equal(0, log.End);
    }

    [Fact]
    public void Rule_2_counts_are_reported_from_their_home_only()
    {
        var view = View("g1", "a");
        var (first, second) = (_script.Activate(1, view), _script.Activate(2, view));
        var (gateway, a) = (_script.Node("g1", view, Linked), _script.Node("a", view));
        a.PushTo(first);
        gateway.PushTo(first);
        a.Register(1);
        a.PushTo(first);
        Report(gateway, first);
        Assert.Equal([1], gateway.Published);

        // The entry that is resent to another generation takes part in the order there, and is not reported again.
        a.PushTo(second);
        gateway.PushTo(second);
        a.Register(2);
        a.PushTo(second);
        Report(gateway, second);
        Assert.Equal([1, 2], gateway.Published);
    }

    [Fact]
    public void Rule_3_while_a_push_is_unanswered_it_is_repeated_and_no_entry_is_made()
    {
        var view = View("g1", "a");
        var (first, second) = (_script.Activate(1, view), _script.Activate(2, view));
        var (gateway, a) = (_script.Node("g1", view, Linked), _script.Node("a", view));
        a.PushTo(first);
        gateway.PushTo(second);
        a.Register(1);
        var unanswered = a.Pushes.Single().Push;
        a.LosePush();
        a.Register(2);
        _script.Wait(50);
        Assert.Same(unanswered, a.Pushes.Single().Push);

        // The first generation is dead. Counts of the meantime get the living generation as their home, so they are reported.
        a.PushTo(second);
        a.PushTo(second);
        var entries = _script.Read(second).OfType<CountsEntry>().ToList();
        Assert.Equal([first.Generation, second.Generation], entries.Select(e => e.Home));
        Report(gateway, second);
        Assert.Equal([2], gateway.Published);
    }

    // Otherwise the other nodes would decay the counts of an outage from its end on.
    [Fact]
    public void Rule_3_an_entry_has_the_mean_time_of_counts_that_waited_for_an_answer()
    {
        var view = View("a", "b");
        var log = _script.Activate(1, view);
        var (a, b) = (_script.Node("a", view), _script.Node("b", view));
        a.PushTo(log);
        b.PushTo(log);
        var first = _script.Now;
        a.Register(1);
        a.LosePush();
        a.Register(2);
        _script.Wait(60_000);
        a.Register(3);
        a.PushTo(log);
        b.PushTo(log);
        Assert.Equal([1, 2, 3], b.Ledger);
        Assert.Equal([first, first + 30_000], b.Of<ApplyCounts>().Select(e => e.Entry.Time));
    }

    [Fact]
    public void Rule_4_a_node_resends_the_counts_of_other_nodes()
    {
        var view = View("a", "b", "c");
        var first = _script.Activate(1, view);
        var (a, b, c) = (_script.Node("a", view), _script.Node("b", view), _script.Node("c", view));
        a.PushTo(first);
        b.PushTo(first);
        a.Register(1);
        a.PushTo(first);
        b.PushTo(first);

        // The counting node and the shard die together; only b has read the counts.
        var second = _script.Activate(2, view);
        b.PushTo(second);
        c.PushTo(second);
        Assert.Equal([1], b.Ledger);
        Assert.Equal([1], c.Ledger);
    }

    [Fact]
    public void Rule_4_an_entry_that_was_appended_and_not_read_back_is_resent()
    {
        var view = View("g1", "b");
        var first = _script.Activate(1, view);
        var (a, b) = (_script.Node("g1", view, Linked), _script.Node("b", view));
        a.PushTo(first);
        b.PushTo(first);
        a.Receive(new PeerBatchKey(7, 1, 1), "other", 50);
        a.LoseReply(first);

        var second = _script.Activate(2, view);
        _script.Wait(50);
        a.PushTo(second);
        b.PushTo(second);
        Assert.Equal([50], b.Ledger);
        Assert.Single(a.Of<BatchOrdered>());
    }

    private void Report(ScriptedNode gateway, ShardLog log)
    {
        _script.Wait(ClusterLimits.ReportInterval);
        gateway.PushTo(log);
        gateway.PushTo(log);
    }
}
