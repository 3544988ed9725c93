using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;
using static ThrottleNet.Cluster.Tests.Rules.Script;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>Rules 6 and 7 of docs/cluster-protocol.md: when an order is valid, and what a node keeps of a generation.</summary>
public sealed class OrderRules
{
    private readonly Script _script = new();

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

        // Only a has its attempt, which is judged. In the next generation b is first.
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
        Assert.Equal([1], known.Entries.SelectMany(e => ScriptedNode.Numbers(e.Counts)));
        Assert.Equal((2, 0), Assert.Single(known.Attempts));
    }

    [Fact]
    public void Rule_6_resent_counts_come_first_in_the_order_also_when_they_come_with_a_copy()
    {
        var view = View("a", "b", "late");
        var first = _script.Activate(1, view);
        var (a, b) = (_script.Node("a", view), _script.Node("b", view));
        a.PushTo(first);
        b.PushTo(first);
        a.Register(1);
        a.PushTo(first);

        // In the next generation b is first, and reads its attempt back. Then it has to copy from a, which has read its own again.
        var second = _script.Activate(2, view);
        b.PushTo(second);
        b.Register(2);
        b.PushTo(second);
        a.PushTo(second);
        a.PushTo(second);
        second.Push(_script.Now, Push("x", second, second.End, new CountsEntry(new NodeId("x", 1), 2, second.Generation, 0, new([Keys.Unit(Keys.Of(0, 1, 7))], []))));
        b.Node.CopyFailed(0);
        var copy = a.Node.GiveCopy(0)!;
        b.PushTo(second);
        Assert.Single(b.Of<RequestCopy>());
        Assert.NotNull(b.Node.InstallCopy(_script.Now, 0, copy));
        b.Node.GoOnWithoutCopy(0);
        _script.Wait(1000);
        b.PushTo(second);

        var known = b.Of<OrderedBefore>().SelectMany(o => o.Entries).SelectMany(e => ScriptedNode.Numbers(e.Counts));
        Assert.Contains(1, known);
    }

    [Fact]
    public void Rule_6_the_log_waits_for_a_node_that_is_only_in_another_nodes_view()
    {
        var stale = View("b");
        var log = _script.Activate(2, stale);
        var b = _script.Node("b", stale);
        b.PushTo(log);
        Assert.DoesNotContain(_script.Read(log), e => e is SettledMark);

        // a is in c's view. Until a has pushed, the log is not settled.
        var c = _script.Node("c", View("a", "b", "c"));
        c.PushTo(log);
        _script.Wait(300);
        c.PushTo(log);
        Assert.DoesNotContain(_script.Read(log), e => e is SettledMark);
        _script.Node("a", View("a")).PushTo(log);
        Assert.Single(_script.Read(log).OfType<SettledMark>());
    }

    [Fact]
    public void Rule_6_after_a_second_a_log_is_settled_without_the_missing_nodes()
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
    public void Rule_7_unreported_counts_of_a_generation_are_reported_when_the_gateway_returns()
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

    private void Report(ScriptedNode gateway, ShardLog log)
    {
        _script.Wait(ClusterLimits.ReportInterval);
        gateway.PushTo(log);
        gateway.PushTo(log);
    }
}
