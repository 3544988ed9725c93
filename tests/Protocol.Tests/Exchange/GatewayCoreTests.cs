using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>The core of a cluster's gateway: it accepts a batch at once, and acknowledges it when the cluster has ordered it.</summary>
public sealed class GatewayCoreTests : IDisposable
{
    private const long Start = 1_767_225_600_000;

    private readonly TestNode _gateway = new("own", change: s => s with { IsGateway = true, MaxUnordered = 2 });
    private readonly TestNode _twin = new("own", change: s => s with { IsGateway = true });
    private readonly TestNode _peer = new("peer");

    public void Dispose()
    {
        _gateway.Dispose();
        _twin.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public void A_batch_is_counted_when_it_comes_and_acknowledged_when_it_is_ordered()
    {
        var (ticket, now) = Counted();
        Assert.Single(_gateway.Applied);
        Assert.True(_peer.Complete < ticket);
        _gateway.Core.Ordered(now, _gateway.Applied.Single().Key, promise: 0);
        TestNode.Pass(now, 100, _gateway, _peer);
        Assert.Equal(ticket, _peer.Complete);
    }

    [Fact]
    public void Without_a_promise_it_repeats_its_last_acknowledgement()
    {
        var (ticket, now) = Counted();
        _gateway.Core.Ordered(now, _gateway.Applied.Single().Key, promise: null);
        now = TestNode.Pass(now, 2500, _gateway, _peer);
        Assert.True(_peer.Complete < ticket);
        Assert.False(_peer.Core.IsAlone); // the repeated one is a sign of life
        _gateway.Core.Promise(now, 0);
        TestNode.Pass(now, 100, _gateway, _peer);
        Assert.Equal(ticket, _peer.Complete);
    }

    [Fact]
    public void A_promised_batch_is_waited_for_and_an_empty_one_keeps_the_promise()
    {
        var (ticket, now) = Counted();
        _gateway.Core.Ordered(now, _gateway.Applied.Single().Key, promise: 1);
        now = TestNode.Pass(now, 1000, _gateway, _peer);
        Assert.True(_peer.Complete < ticket);
        _gateway.Core.Publish(now, 1, BatchCounts.Empty);
        TestNode.Pass(now, 100, _gateway, _peer);
        Assert.Equal(ticket, _peer.Complete);
        Assert.Equal(0, _peer.UnitsApplied);
    }

    [Fact]
    public void It_does_not_wait_for_a_gateway_of_its_own_cluster()
    {
        TestNode.Link(_gateway, _twin, Start);
        var now = TestNode.Pass(Start, 1500, _gateway, _twin);
        Assert.Equal((true, false), (_gateway.Core.IsAlone, _gateway.Core.IsLinked));
        _gateway.Core.Publish(now, 1, BatchCounts.Of([new CountEntry(TestNode.Host.Key, 4)], []));
        TestNode.Pass(now, 100, _gateway);
        Assert.Equal(1ul, _gateway.Complete);
    }

    [Fact]
    public void What_is_not_ordered_is_not_stored_as_applied_and_has_a_bound()
    {
        TestNode.Link(_gateway, _peer, Start);
        var now = TestNode.Pass(Start, 1500, _gateway, _peer);
        for (var i = 0; i < 4; i++)
        {
            _peer.Outbox.Add(TestNode.Host);
            now = TestNode.Pass(now, 1100, _gateway, _peer);
        }

        Assert.Equal(2, _gateway.Applied.Count());
        Assert.Equal(0ul, Stored().Contiguous);
        _gateway.Core.Ordered(now, _gateway.Applied.First().Key, promise: 0);
        Assert.Equal(1ul, Stored().Contiguous);
        TestNode.Pass(now, 15_000, _gateway, _peer);
        Assert.Equal(3, _gateway.Applied.Count()); // one more found room, and was asked for again

        AppliedRange Stored() => _gateway.Core.Export(now).Single(r => r.Origin == _peer.Member.Origin && r.Epoch == 1);
    }

    // The peer counts one attempt, whose batch has come to the gateway.
    private (ulong Ticket, long Now) Counted()
    {
        TestNode.Link(_gateway, _peer, Start);
        var now = TestNode.Pass(Start, 1500, _gateway, _peer);
        var ticket = _peer.Outbox.Add(TestNode.Host);
        return (ticket, TestNode.Pass(now, 1200, _gateway, _peer));
    }
}
