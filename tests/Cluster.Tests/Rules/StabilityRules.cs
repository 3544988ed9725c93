using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;
using static ThrottleNet.Cluster.Tests.Rules.Script;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>Rule 5 of docs/cluster-protocol.md: which entries are stable, and how a node detects missing entries.</summary>
public sealed class StabilityRules
{
    private readonly Script _script = new();

    [Fact]
    public void Rule_5_a_silent_reader_keeps_entries_in_the_log_for_two_minutes()
    {
        var view = View("a", "b", "c");
        var first = _script.Activate(1, view);
        var (a, b, c) = (_script.Node("a", view), _script.Node("b", view), _script.Node("c", view));
        foreach (var node in new[] { a, b, c })
            node.PushTo(first);

        // From here on c is cut off and declared dead. The log goes on without it.
        a.Node.SetView(_script.Now, view.With(Row("c", version: 2, state: MemberState.Dead)));
        a.Register(1);
        for (var i = 0; i < 5; i++)
        {
            a.PushTo(first);
            b.PushTo(first);
        }

        Assert.Equal(1, a.Node.Ends[0].TailCount);
        var second = _script.Activate(2, view);
        b.PushTo(second);
        c.LosePush();
        _script.Wait(50);
        c.PushTo(second);
        Assert.Equal([1], c.Ledger);
    }

    [Fact]
    public void Rule_5_after_two_minutes_the_log_is_trimmed_and_the_late_reader_takes_a_copy()
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
        // The joining node is in the view neither of a nor of the shard's host.
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
    public void Rule_5_a_node_that_leaves_in_order_pushes_its_last_counts_and_delays_no_trimming()
    {
        var view = View("a", "leaver");
        var log = _script.Activate(1, view);
        var (a, leaver) = (_script.Node("a", view), _script.Node("leaver", view));
        a.PushTo(log);
        leaver.PushTo(log);
        leaver.Node.SetView(_script.Now, view.With(Row("leaver", version: 2, state: MemberState.Left)));
        leaver.Register(1);
        leaver.PushTo(log);
        _script.Wait(300);
        for (var i = 0; i < 3; i++)
            a.PushTo(log);

        Assert.Equal([1], a.Ledger);
        Assert.Equal(log.End, log.First);
    }

    [Fact]
    public void Rule_5_a_node_that_leaves_and_has_read_less_than_the_others_pushes_its_last_counts()
    {
        var view = View("a", "leaver");
        var log = _script.Activate(1, view);
        var (a, leaver) = (_script.Node("a", view), _script.Node("leaver", view));
        a.PushTo(log);
        leaver.PushTo(log);
        a.Register(1);
        for (var i = 0; i < 3; i++)
            a.PushTo(log);
        leaver.Node.SetView(_script.Now, view.With(Row("leaver", version: 2, state: MemberState.Left)));
        leaver.Register(2);
        leaver.PushTo(log);
        a.PushTo(log);

        Assert.Equal([1, 2], a.Ledger.Order());
        Assert.Equal([1, 2], leaver.Ledger.Order());
        Assert.Empty(leaver.Of<RequestCopy>());
    }

    [Fact]
    public void Rule_5_a_reader_that_was_dropped_learns_that_entries_were_trimmed()
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

        // The next generation does not have this entry, and no node resends it.
        var third = _script.Activate(3, stale);
        a.PushTo(third);
        c.PushTo(third);
        Assert.Empty(c.Ledger);
        Assert.Single(c.Of<RequestCopy>());
        c.CopyFrom(a);
        Assert.Equal([1], c.Ledger);
    }

    [Fact]
    public void Rule_5_a_gap_in_a_sources_numbers_makes_a_node_take_a_copy()
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
    public void Rule_5_a_shard_that_was_paused_does_not_count_its_readers_as_silent()
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

    private static CountsEntry Counts(string source, ulong seq, int attempt) =>
        new(new NodeId(source, 1), seq, new Generation(1), 0, BatchCounts.Of([Keys.Unit(Keys.Of(0, 1, attempt))], []));
}
