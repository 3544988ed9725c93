using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;
using static ThrottleNet.Cluster.Tests.Rules.Script;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>Rules 1 to 7 of docs/cluster-protocol.md: the log, resending, what is stable, when the order is valid.</summary>
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
    public void Rule_1_a_log_takes_nothing_that_was_meant_for_another_generation()
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

        // The copy that is resent to another generation serves the order there, and is not reported again.
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

        // The first generation is dead. What was counted meanwhile gets the living one for its home, so that it is reported.
        a.PushTo(second);
        a.PushTo(second);
        var entries = _script.Read(second).OfType<CountsEntry>().ToList();
        Assert.Equal([first.Generation, second.Generation], entries.Select(e => e.Home));
        Report(gateway, second);
        Assert.Equal([2], gateway.Published);
    }

    [Fact]
    public void Rule_4_a_node_resends_what_others_counted()
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
    public void Rule_4_an_entry_that_was_taken_and_not_read_back_is_resent()
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

    [Fact]
    public void Rule_5_a_silent_reader_keeps_the_log_and_the_others_entries_for_two_minutes()
    {
        var view = View("a", "b", "c");
        var first = _script.Activate(1, view);
        var (a, b, c) = (_script.Node("a", view), _script.Node("b", view), _script.Node("c", view));
        foreach (var node in new[] { a, b, c })
            node.PushTo(first);

        // From here on c is cut off, and declared dead. The log goes on without it.
        a.Node.SetView(_script.Now, view.With(Row("c", version: 2, state: MemberState.Dead)));
        a.Register(1);
        a.PushTo(first);
        b.PushTo(first);
        a.PushTo(first);
        Assert.Equal(1, a.Node.Ends[0].TailCount);
        var second = _script.Activate(2, view);
        b.PushTo(second);
        c.LosePush();
        _script.Wait(50);
        c.PushTo(second);
        Assert.Equal([1], c.Ledger);
    }

    [Fact]
    public void Rule_5_after_two_minutes_the_log_is_trimmed_and_the_late_reader_copies()
    {
        var view = View("a", "c");
        var log = _script.Activate(1, view);
        var (a, c) = (_script.Node("a", view), _script.Node("c", view));
        a.PushTo(log);
        c.PushTo(log);
        for (var second = 0; second < 125; second++)
        {
            a.Register(second);
            a.PushTo(log);
            _script.Wait(1000);
            if (second == 100)
                Assert.InRange(log.First, 0, 3);
        }

        a.PushTo(log);
        a.PushTo(log);
        Assert.Equal(log.End, log.First);
        Assert.Equal(0, a.Node.Ends[0].TailCount);
        c.PushTo(log);
        Assert.Single(c.Of<RequestCopy>());
        c.CopyFrom(a);
        c.PushTo(log);
        Assert.Equal(a.Ledger.Order(), c.Ledger.Order());
    }

    [Fact]
    public void Rule_5_a_reader_that_no_view_names_is_not_trimmed_away()
    {
        // The shard's host and a have not heard of the joining node.
        var stale = View("a");
        var log = _script.Activate(1, stale);
        var a = _script.Node("a", stale);
        a.PushTo(log);
        a.Register(1);
        a.PushTo(log);
        var joiner = _script.Node("joiner", View("joiner"), joining: true);
        joiner.PushTo(log);
        joiner.CopyFrom(a);
        a.Register(2);
        a.PushTo(log);
        a.PushTo(log);
        a.PushTo(log);
        joiner.PushTo(log);
        Assert.Equal([1, 2], joiner.Ledger.Order());
        Assert.Single(joiner.Of<RequestCopy>());
    }

    [Fact]
    public void Rule_5_a_node_that_was_left_out_learns_that_entries_were_forgotten()
    {
        // No view names c. A generation lives and is trimmed without it, and dies.
        var stale = View("a");
        var (first, second) = (_script.Activate(1, stale), _script.Activate(2, stale));
        var (a, c) = (_script.Node("a", stale), _script.Node("c", View("c")));
        a.PushTo(first);
        c.PushTo(first);
        _script.Wait(300);
        a.PushTo(second);
        a.Register(1);
        a.PushTo(second);
        a.PushTo(second);
        a.PushTo(second);
        Assert.Equal(0, a.Node.Ends[0].TailCount);

        // The next generation holds nothing of it, and nobody resends it.
        var third = _script.Activate(3, stale);
        a.PushTo(third);
        c.PushTo(third);
        Assert.Empty(c.Ledger);
        Assert.Single(c.Of<RequestCopy>());
        c.CopyFrom(a);
        Assert.Equal([1], c.Ledger);
    }

    [Fact]
    public void Rule_5_a_gap_in_a_sources_numbers_makes_a_node_copy()
    {
        var view = View("a");
        var log = _script.Activate(1, view);
        var a = _script.Node("a", view);
        a.PushTo(log);
        log.Push(_script.Now, Push("b", log, 0, Counts("b", 2, 7)));
        a.PushTo(log);

        Assert.Empty(a.Ledger);
        Assert.Single(a.Of<RequestCopy>());
    }

    [Fact]
    public void Rule_5_a_shard_that_stood_still_does_not_take_its_readers_for_silent()
    {
        var view = View("a", "b");
        var log = _script.Activate(1, view);
        log.Push(_script.Now, Push("b", log, 0));
        log.Push(_script.Now, Push("a", log, 0, Counts("a", 1, 1)));
        var later = _script.Now + 600_000;
        log.Tick(later);
        log.Push(later, Push("a", log, log.End));

        Assert.Equal(0, log.First);
    }

    [Fact]
    public void Rule_6_nothing_is_judged_by_order_before_every_live_node_has_resent()
    {
        var view = View("a", "b", "c");
        var first = _script.Activate(1, view);
        var (a, b, c) = (_script.Node("a", view), _script.Node("b", view), _script.Node("c", view));
        foreach (var node in new[] { a, b, c })
            node.PushTo(first);
        _script.Wait(300);
        a.Register(1);
        a.PushTo(first);
        Assert.Equal(Basis.Marker, a.Decision(1)?.Basis);

        // Only a knows its attempt, which was judged. In the next generation b is first.
        var second = _script.Activate(2, view);
        b.PushTo(second);
        c.PushTo(second);
        b.Register(2);
        b.PushTo(second);
        _script.Wait(300);
        b.PushTo(second);
        Assert.Null(b.Decision(2));
        a.PushTo(second);
        b.PushTo(second);
        Assert.Equal(Basis.Marker, b.Decision(2)?.Basis);
        var known = Assert.Single(b.Of<OrderedBefore>());
        Assert.Equal([1], known.Entries.SelectMany(e => Actor.Numbers(e.Counts)));
        Assert.Equal((2, 0), Assert.Single(known.Attempts));
    }

    [Fact]
    public void Rule_6_a_node_that_only_another_view_names_is_waited_for()
    {
        var stale = View("b");
        var log = _script.Activate(2, stale);
        var b = _script.Node("b", stale);
        b.PushTo(log);
        Assert.DoesNotContain(_script.Read(log), e => e is SettledMark);

        // c knows of a. Until a has pushed, the log is not settled.
        var c = _script.Node("c", View("a", "b", "c"));
        c.PushTo(log);
        _script.Wait(300);
        c.PushTo(log);
        Assert.DoesNotContain(_script.Read(log), e => e is SettledMark);
        _script.Node("a", View("a")).PushTo(log);
        Assert.Single(_script.Read(log).OfType<SettledMark>());
    }

    [Fact]
    public void Rule_6_after_a_second_a_log_is_settled_without_the_rest()
    {
        var view = View("a", "dead");
        var log = _script.Activate(1, view);
        var a = _script.Node("a", view);
        a.PushTo(log);
        a.Register(1);
        a.PushTo(log);
        _script.Wait(1000);
        a.PushTo(log);

        Assert.Equal(Basis.Marker, a.Decision(1)?.Basis);
    }

    [Fact]
    public void Rule_7_what_is_unreported_in_a_generation_is_reported_when_the_gateway_returns()
    {
        var view = View("g1", "a");
        var (first, second) = (_script.Activate(1, view), _script.Activate(2, view));
        var (gateway, a) = (_script.Node("g1", view, Linked), _script.Node("a", view));
        gateway.PushTo(first);
        a.PushTo(first);
        a.Register(1);
        a.PushTo(first);
        _script.Wait(ClusterLimits.PollInterval);
        gateway.PushOnce(first);
        gateway.LoseReply(first);
        _script.Wait(50);
        Assert.Contains(_script.Read(first), e => e is ReportMark);

        // Its mark is in the first log, unread. The gateway is routed to a duplicate, and back.
        gateway.PushTo(second);
        Assert.Empty(gateway.Published);
        gateway.PushTo(first);
        Assert.Equal([1], gateway.Published);
        Report(gateway, first);
        Assert.Equal([1], gateway.Published);
        Assert.Equal([1], gateway.Ledger);
    }

    private static CountsEntry Counts(string source, ulong seq, int attempt) =>
        new(new NodeId(source, 1), seq, new Generation(1), 0, BatchCounts.Of([Keys.Unit(Keys.Of(0, 1, attempt))], []));

    private void Report(Actor gateway, ShardLog log)
    {
        _script.Wait(ClusterLimits.ReportInterval);
        gateway.PushTo(log);
        gateway.PushTo(log);
    }
}
