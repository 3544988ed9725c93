using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Batches;
using static ThrottleNet.Cluster.Tests.Rules.Script;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>Rule 11 of docs/cluster-protocol.md: what an attempt waits for.</summary>
public sealed class MarkerRules
{
    private readonly Script _script = new();

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

        // First a peer's batch arrives, then the hold of the first report completes. The second attempt is not reported yet.
        a.Register(2);
        Settle(log, a);
        Assert.Equal(2, a.Of<Ordered>().Count());
        gateway.Receive(new PeerBatchKey(7, 1, 1), "other", 50);
        gateway.HoldCompleted(1);
        Settle(log, gateway, a);
        Assert.Equal(Basis.Marker, a.Decision(1)?.Basis);
        Assert.True(a.Effects.FindIndex(e => e is ApplyPeerBatch) < a.Effects.FindIndex(e => e is Decide));
        Assert.Null(a.Decision(2));
    }

    [Fact]
    public void Rule_11_a_marker_of_another_generation_judges_nothing()
    {
        var view = View("g1", "a", "silent");
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
    public void Rule_11_at_the_end_of_its_hold_an_attempt_is_judged_without_a_marker()
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
