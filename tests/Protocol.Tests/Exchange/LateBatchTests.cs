using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>Batches that arrive long after they were published, at a node that has no earlier batch of their origin.</summary>
public sealed class LateBatchTests : IDisposable
{
    private const long Start = 1_767_225_600_000;
    private const int Late = 50_000;

    private readonly TestNode _node = new("a", change: s => s with { MeshLimit = 0 });
    private readonly TestNode _origin = new("b");
    private readonly TestNode _other = new("c");

    public void Dispose()
    {
        _node.Dispose();
        _origin.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_repair_that_is_passed_on_keeps_its_age()
    {
        var now = TestNode.Pass(Start, 1000, _node); // from now on the network is not a mesh
        var (from, _) = (_node.LinkTo(_origin, now), _node.LinkTo(_other, now));
        _node.Core.Receive(now, from, new DeliveryFrame(_origin.Batch(1, 1, 4, now - Late), Repair: true, Late), 200);
        _node.Take();
        Assert.Equal((false, (uint)Late), _node.Sent.OfType<DeliveryFrame>().Select(d => (d.Repair, d.Age)).Single());
    }

    [Fact]
    public void A_batch_that_was_passed_on_late_counts_from_the_time_it_was_published()
    {
        var link = _node.LinkTo(_origin, Start);
        _node.Core.Receive(Start, link, new DeliveryFrame(_origin.Batch(1, 1, 4, Start - Late), Repair: false, Late), 200);
        _node.Take();
        Assert.Equal(Start - Late, _node.Applied.Single().Time);
    }

    [Theory]
    [InlineData(60_000, 2)]
    [InlineData(180_000, 1)] // no node keeps older batches, so this one is a replay
    public void Batches_of_the_epoch_before_a_restart_are_accepted_as_long_as_peers_keep_them(int after, int applied)
    {
        var link = _node.LinkTo(_origin, Start);
        _node.Core.Receive(Start, link, new DeliveryFrame(_origin.Batch(6, 1, 4, Start), false, 0), 200);
        _node.Core.Receive(Start + after, link, new DeliveryFrame(_origin.Batch(5, 9, 4, Start - Late), true, (uint)(Late + after)), 200);
        _node.Take();
        Assert.Equal(applied, _node.UnitsApplied);
    }

    [Fact]
    public void A_node_that_lost_its_counts_gets_its_earlier_batches_back()
    {
        using var again = new TestNode("b", epoch: 2, sameKeyAs: _origin, restored: []);
        TestNode.Pass(Start, 100, again);
        var link = again.LinkTo(_other, Start);
        again.Core.Receive(Start + 200, link, new DeliveryFrame(_origin.Batch(1, 1, 4, Start - Late), Repair: true, Late), 200);
        again.Take();
        Assert.Equal(1, again.UnitsApplied);
    }
}
