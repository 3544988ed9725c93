using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using static ThrottleNet.Cluster.Tests.Rules.Script;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>Rules 12, 13 and 15 of docs/cluster-protocol.md: an attempt's rank, joining, and unordered counts.</summary>
public sealed class NodeRules
{
    private readonly Script _script = new();

    [Fact]
    public void Rule_12_an_attempt_is_ordered_by_its_position_in_the_log()
    {
        var view = View("a", "b");
        var log = _script.Activate(1, view);
        var (a, b) = (_script.Node("a", view), _script.Node("b", view));
        a.PushTo(log);
        b.PushTo(log);
        b.Register(1);
        b.PushTo(log);
        a.Register(2);
        b.Register(3);
        a.PushTo(log);
        b.PushTo(log);
        _script.Wait(300);
        a.PushTo(log);

        Assert.Equal(["1", "ordered 2", "3"], a.Order);
    }

    [Fact]
    public void Rule_12_an_attempt_does_not_know_counts_that_come_after_it_in_the_same_reply()
    {
        var view = View("a", "b");
        var log = _script.Activate(1, view);
        var (a, b) = (_script.Node("a", view), _script.Node("b", view));
        a.PushTo(log);
        b.PushTo(log);
        b.Register(1);
        b.PushTo(log);
        a.Register(2);
        a.LoseReply(log);
        b.Register(3);
        b.PushTo(log);
        _script.Wait(50);
        a.PushOnce(log);

        // Otherwise each of the attempts 2 and 3 would know the other one.
        Assert.Equal(["1", "ordered 2", "3"], a.Order);
        Assert.Equal(["ordered 1", "2", "ordered 3"], b.Order);
    }

    [Fact]
    public void Rule_13_a_joining_node_registers_before_it_copies()
    {
        var view = View("a", "joiner");
        var log = _script.Activate(1, view);
        var a = _script.Node("a", view);
        a.PushTo(log);
        var joiner = _script.Node("joiner", view, joining: true);
        Assert.Empty(joiner.Of<RequestCopy>());
        joiner.PushTo(log);
        Assert.Single(joiner.Of<RequestCopy>());
        var copy = a.Node.GiveCopy(0)!;
        foreach (var attempt in Enumerable.Range(0, 5))
        {
            a.Register(attempt);
            a.PushTo(log);
            a.PushTo(log);
        }

        Assert.Equal(0, log.First);
        Assert.NotNull(joiner.Node.InstallCopy(_script.Now, 0, copy));
        joiner.PushTo(log);
        Assert.Equal([0, 1, 2, 3, 4], joiner.Ledger.Order());
    }

    [Fact]
    public void Rule_13_a_copy_leaves_out_counts_that_its_giver_has_not_read_back()
    {
        var view = View("a", "joiner");
        var log = _script.Activate(1, view);
        var a = _script.Node("a", view);
        a.PushTo(log);
        a.Register(1);
        a.PushTo(log);
        a.Register(2);
        a.LoseReply(log);
        a.Register(3);
        var joiner = _script.Node("joiner", view, joining: true);
        joiner.Register(4);
        joiner.PushTo(log);
        joiner.CopyFrom(a);
        Assert.Equal([1, 4], joiner.Ledger.Order());
        _script.Wait(50);
        a.PushTo(log);
        joiner.PushTo(log);
        a.PushTo(log);
        joiner.PushTo(log);

        Assert.Equal([1, 2, 3, 4], joiner.Ledger.Order());
        Assert.Equal([1, 2, 3, 4], a.Ledger.Order());
    }

    [Fact]
    public void Rule_13_what_a_node_has_read_beyond_its_giver_counts_once()
    {
        var view = View("a", "n");
        var log = _script.Activate(1, view);
        var (a, node) = (_script.Node("a", view), _script.Node("n", view));
        a.PushTo(log);
        node.PushTo(log);
        log.Push(_script.Now, Push("x", log, 0, new CountsEntry(new NodeId("x", 1), 1, log.Generation, 0, new([Keys.Unit(Keys.Of(0, 1, 5))], []))));
        log.Push(_script.Now, Push("b", log, 0, new CountsEntry(new NodeId("b", 1), 2, log.Generation, 0, new([Keys.Unit(Keys.Of(0, 1, 7))], []))));
        node.PushTo(log); // reads the first, and misses something before the second
        Assert.Single(node.Of<RequestCopy>());
        node.CopyFrom(a);
        Assert.Equal([5], node.Ledger);
        Assert.Equal([5], node.Node.GiveCopy(0)!.Unread.SelectMany(ScriptedNode.Numbers));
        node.PushTo(log);
        Assert.Equal([5], node.Ledger);
    }

    [Fact]
    public void Rule_13_a_joining_gateway_reports_the_counts_that_were_unreported_in_its_copy()
    {
        var view = View("a", "g1");
        var log = _script.Activate(1, view);
        var a = _script.Node("a", view);
        a.PushTo(log);
        a.Register(1);
        a.PushTo(log);
        var gateway = _script.Node("g1", view, Linked, joining: true);
        gateway.PushTo(log);
        gateway.CopyFrom(a);
        a.Register(2);
        a.PushTo(log);
        gateway.PushTo(log);
        _script.Wait(ClusterLimits.ReportInterval);
        gateway.PushTo(log);

        Assert.Equal([1, 2], gateway.Published.Order());
    }

    [Fact]
    public void Rule_13_a_gateway_that_takes_another_copy_reports_nothing_twice()
    {
        var view = View("a", "g1");
        var log = _script.Activate(1, view);
        var (a, gateway) = (_script.Node("a", view), _script.Node("g1", view, Linked));
        a.PushTo(log);
        gateway.PushTo(log);
        gateway.Register(1);
        gateway.PushTo(log);
        gateway.PushTo(log);
        Assert.Equal([1], gateway.Published);

        // A gap makes the gateway copy from a node that is behind it, so it reads its own report mark again.
        log.Push(_script.Now, Push("b", log, 0, new CountsEntry(new NodeId("b", 1), 2, log.Generation, 0, new([Keys.Unit(Keys.Of(0, 1, 7))], []))));
        gateway.PushTo(log);
        Assert.Single(gateway.Of<RequestCopy>());
        gateway.CopyFrom(a);
        Assert.Equal([1], gateway.Ledger);
        _script.Wait(ClusterLimits.ReportInterval);
        gateway.PushTo(log);
        Assert.Equal([1], gateway.Published);
    }

    [Fact]
    public void Rule_13_a_copy_that_lacks_entries_already_trimmed_from_the_log_is_refused()
    {
        var stale = View("a");
        var log = _script.Activate(1, stale);
        var (a, b) = (_script.Node("a", stale), _script.Node("b", View("b")));
        a.PushTo(log);
        a.Register(1);
        a.PushTo(log);
        a.PushTo(log);
        a.PushTo(log);
        var other = _script.Activate(2, stale);
        b.PushTo(other);
        log.Push(_script.Now, Push("x", log, log.End, new CountsEntry(new NodeId("x", 1), 2, log.Generation, 0, new([Keys.Unit(Keys.Of(0, 1, 7))], []))));
        a.PushTo(log);
        Assert.Single(a.Of<RequestCopy>());

        Assert.Null(a.Node.InstallCopy(_script.Now, 0, b.Node.GiveCopy(0)!));
        Assert.Null(a.Node.GiveCopy(0));
    }

    [Fact]
    public void Rule_13_a_node_that_gets_no_copy_goes_on_with_its_own_counts()
    {
        var log = _script.Activate(1, View("a"));
        var a = _script.Node("a", View("a"));
        a.PushTo(log);
        a.Register(1);
        a.PushTo(log);
        log.Push(_script.Now, Push("x", log, log.End, new CountsEntry(new NodeId("x", 1), 2, log.Generation, 0, new([Keys.Unit(Keys.Of(0, 1, 7))], []))));
        a.PushTo(log);
        Assert.Single(a.Of<RequestCopy>());
        a.Node.GoOnWithoutCopy(0);
        a.Register(2);
        a.PushTo(log);

        Assert.Equal([1, 2, 7], a.Ledger.Order());
        Assert.NotNull(a.Node.GiveCopy(0));
    }

    [Fact]
    public void Rule_13_a_node_that_joins_anew_pushes_what_it_counted_while_it_got_no_copy()
    {
        var view = View("a", "b");
        var log = _script.Activate(1, view);
        var (a, b) = (_script.Node("a", view), _script.Node("b", view));
        a.PushTo(log);
        b.PushTo(log);
        log.Push(_script.Now, Push("x", log, log.End, new CountsEntry(new NodeId("x", 1), 2, log.Generation, 0, new([Keys.Unit(Keys.Of(0, 1, 7))], []))));
        a.PushTo(log); // misses something
        Assert.Single(a.Of<RequestCopy>());
        a.Register(1);
        a.JoinAnew();
        a.Register(2);
        a.PushTo(log);
        b.PushTo(log);
        b.Node.GoOnWithoutCopy(0);
        b.PushTo(log);
        a.CopyFrom(b);
        a.PushTo(log);
        b.PushTo(log);
        Assert.Equal([1, 2, 7], a.Ledger.Order());
        Assert.Equal([1, 2, 7], b.Ledger.Order());
    }

    [Fact]
    public void Rule_13_attempts_that_wait_while_a_node_joins_anew_are_judged_by_their_holds()
    {
        var view = View("a", "b");
        var log = _script.Activate(1, view);
        var (a, b) = (_script.Node("a", view), _script.Node("b", view));
        a.PushTo(log);
        b.PushTo(log);
        a.Register(1);
        a.Register(2); // while the push with the first is under way
        a.JoinAnew();
        a.PushTo(log);
        b.PushTo(log);
        a.CopyFrom(b);
        a.PushTo(log);
        _script.Wait(Hold);

        // The entry with the first is lost; the second is in an entry of the new start.
        Assert.Equal(Basis.HoldUnordered, a.Decision(1)?.Basis);
        Assert.Equal([2L], a.Of<Ordered>().SelectMany(o => o.Attempts));
        Assert.NotNull(a.Decision(2));
        Assert.Equal(0, a.Node.Ends.Sum(e => e.WaitingAttempts));
    }

    [Fact]
    public void Rule_15_a_node_that_joins_anew_weighs_by_the_nodes_that_were_live_before()
    {
        var view = View("a", "b", "c");
        var a = _script.Node("a", view);
        _script.Wait(100);
        a.Node.SetView(_script.Now, view
            .With(Row("b", version: 2, state: MemberState.Dead))
            .With(Row("c", version: 2, state: MemberState.Dead)));
        a.JoinAnew();
        a.Register(1);
        _script.Wait(Hold);
        Assert.Equal(new Decide(1, Basis.HoldUnordered, 3), a.Decision(1));
    }

    [Fact]
    public void Rule_15_a_cut_off_node_weighs_its_unordered_attempts_by_the_nodes_that_were_live()
    {
        var view = View("a", "b", "c");
        var log = _script.Activate(1, view);
        var a = _script.Node("a", view);
        a.PushTo(log);
        _script.Wait(100);
        a.Node.SetView(_script.Now, view
            .With(Row("b", version: 2, state: MemberState.Dead))
            .With(Row("c", version: 2, state: MemberState.Dead)));
        a.Register(1);
        _script.Wait(Hold);
        Assert.Equal(new Decide(1, Basis.HoldUnordered, 3), a.Decision(1));

        // Two minutes later the other nodes no longer count as recent. A node that left in order never counts.
        a.Node.SetView(_script.Now, View("a").With(Row("b", version: 3, state: MemberState.Left)));
        a.Register(2);
        _script.Wait(Hold);
        Assert.Equal(2, a.Decision(2)?.Weight);
        _script.Wait(ClusterLimits.ReaderMemory);
        a.Register(3);
        _script.Wait(Hold);
        Assert.Equal(1, a.Decision(3)?.Weight);
    }
}
