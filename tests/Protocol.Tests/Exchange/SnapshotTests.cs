using System.Collections.Immutable;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>A node asks its neighbours for snapshots of their counts, and one of them lies.</summary>
public sealed class SnapshotTests : IDisposable
{
    private const long Start = 1_767_225_600_000;

    private readonly TestNode _node = new("a", restored: []);
    private readonly TestNode _liar = new("b");
    private readonly TestNode _honest = new("c");

    public void Dispose()
    {
        _node.Dispose();
        _liar.Dispose();
        _honest.Dispose();
    }

    [Fact]
    public void Epochs_invented_by_one_answer_block_neither_an_origins_batches_nor_the_nodes_own()
    {
        var (fromLiar, fromHonest) = (_node.LinkTo(_liar, Start), _node.LinkTo(_honest, Start));
        var now = Asked();
        Answer(fromLiar, now, [new AppliedRange(_honest.Member.Origin, 777, 3, []), new AppliedRange(_node.Member.Origin, 999, 5, [])]);
        Answer(fromHonest, now, []);
        now = TestNode.Pass(now, 6000, _node); // it requests the batches that only one answer contains, without success
        Assert.Contains(_node.Done, e => e is ApplySnapshot);

        _node.Core.Receive(now, fromHonest, new DeliveryFrame(_honest.Batch(1, 1, 4, now), false, 0), 200);
        _node.Take();
        Assert.Equal(1, _node.UnitsApplied);

        _node.Outbox.Add(TestNode.Host);
        TestNode.Pass(now, 2000, _node);
        Assert.Contains(_node.Sent, f => f is DeliveryFrame { Batch.Key: var key } && key == new BatchKey(_node.Member.Origin, 1, 1));
    }

    [Fact]
    public void A_peer_that_reconnects_gets_no_second_snapshot_within_a_minute()
    {
        for (var i = 0; i < 5; i++)
        {
            var link = _node.LinkTo(_liar, Start + i);
            _node.Core.Receive(Start + i, link, new SnapshotRequestFrame((ulong)i, 100), 20);
            _node.Take();
            _node.Core.LinkDown(Start + i, link);
        }

        Assert.Single(_node.Done.OfType<NeedSnapshot>());
        var later = _node.LinkTo(_liar, Start + 60_000);
        _node.Core.Receive(Start + 60_000, later, new SnapshotRequestFrame(9, 100), 20);
        _node.Take();
        Assert.Equal(2, _node.Done.OfType<NeedSnapshot>().Count());
    }

    [Fact]
    public void The_rows_and_applied_ranges_of_an_answer_are_of_the_same_moment()
    {
        var (asker, other) = (_node.LinkTo(_liar, Start), _node.LinkTo(_honest, Start));
        _node.Core.Receive(Start, asker, new SnapshotRequestFrame(9, 100), 20);
        _node.Core.Receive(Start + 100, other, new DeliveryFrame(_honest.Batch(1, 1, 4, Start), false, 0), 200);
        var ownHost = TestNode.Host.Key + 1;
        _node.Outbox.Add(new IpBlock(ownHost, BlockLevel.Host));

        List<ulong> recent = [];
        _node.Core.SupplySnapshot(Start + 200, asker, 9, hosts =>
        {
            recent.AddRange(hosts);
            return [new SnapshotRow(ownHost, 2, 2, 0, 0)];
        });
        _node.Core.SupplySnapshot(Start + 300, asker, 9, _ => throw new InvalidOperationException("answered twice"));
        _node.Take();

        Assert.Equal([TestNode.Host.Key, ownHost], recent);
        var answer = Assert.Single(_node.Sent.OfType<SnapshotChunkFrame>());
        Assert.Equal(ownHost, Assert.Single(answer.Rows).Key);
        Assert.Contains(answer.AppliedRanges, h => h.Origin == _honest.Member.Origin && h.Contains(1));
        Assert.Contains(answer.AppliedRanges, h => h.Origin == _node.Member.Origin && h.Contains(1));
    }

    [Fact]
    public void Rows_decay_while_the_node_waits_for_the_other_answer()
    {
        var (fromHonest, _) = (_node.LinkTo(_honest, Start), _node.LinkTo(_liar, Start));
        var now = Asked();
        Answer(fromHonest, now, [], units: 100);
        now = TestNode.Pass(now, 11_000, _node);
        var waited = now - Start;
        Assert.InRange(Assert.Single(Applied().Rows).AttemptsFast, 100 * Decay.Factor(waited, Decay.FastTau), 100 * Decay.Factor(9_000, Decay.FastTau));
    }

    [Fact]
    public void Counts_not_published_yet_are_added_to_the_snapshot()
    {
        var (fromLiar, fromHonest) = (_node.LinkTo(_liar, Start), _node.LinkTo(_honest, Start));
        var now = Asked();
        _node.Outbox.Add(TestNode.Host);
        Answer(fromLiar, now, [], units: 10);
        Answer(fromHonest, now, [], units: 10);
        while (!_node.Done.OfType<ApplySnapshot>().Any())
            now = TestNode.Pass(now, ExchangeCore.TickInterval, _node);
        Assert.Equal(11, Assert.Single(Applied().Rows).AttemptsFast, 0.01);
    }

    [Fact]
    public void Batches_that_only_one_answer_contains_are_fetched()
    {
        var (fromLiar, fromHonest) = (_node.LinkTo(_liar, Start), _node.LinkTo(_honest, Start));
        var now = Asked();
        var (one, other) = (_liar.Batch(1, 1, 8, now), _honest.Batch(1, 1, 8, now)); // of the same host
        Answer(fromLiar, now, [new AppliedRange(one.Key.Origin, 1, 1, []), new AppliedRange(other.Key.Origin, 1, 0, [])], units: 12);
        Answer(fromHonest, now, [new AppliedRange(one.Key.Origin, 1, 0, []), new AppliedRange(other.Key.Origin, 1, 1, [])], units: 12);
        now = TestNode.Pass(now, 2000, _node);
        Assert.DoesNotContain(_node.Done, e => e is ApplySnapshot);
        var asked = _node.Sent.OfType<GraftFrame>().SelectMany(g => g.Ids).ToList();
        Assert.Equal([one.AnnounceId, other.AnnounceId], asked.Intersect([one.AnnounceId, other.AnnounceId]));

        _node.Core.Receive(now, fromLiar, new DeliveryFrame(one, Repair: true, 2000), 200);
        _node.Core.Receive(now, fromHonest, new DeliveryFrame(other, Repair: true, 2000), 200);
        TestNode.Pass(now, 1000, _node);
        Assert.Equal(14, Assert.Single(Applied().Rows).AttemptsFast, 0.1);
    }

    [Fact]
    public void Batches_invented_by_one_answer_leave_room_to_fetch_those_of_another()
    {
        var (fromLiar, fromHonest) = (_node.LinkTo(_liar, Start), _node.LinkTo(_honest, Start));
        var now = Asked();
        var real = _honest.Batch(1, 1, 8, now);
        Answer(fromLiar, now, [.. Enumerable.Range(1, 100).Select(i => new AppliedRange(new OriginId(7, (ulong)i), 1, 200, []))]);
        Answer(fromHonest, now, [new AppliedRange(real.Key.Origin, 1, 1, [])]);
        TestNode.Pass(now, 2000, _node);
        Assert.Contains(real.AnnounceId, _node.Sent.OfType<GraftFrame>().SelectMany(g => g.Ids));
    }

    private ApplySnapshot Applied() => Assert.Single(_node.Done.OfType<ApplySnapshot>());

    private long Asked()
    {
        var now = Start;
        while (!_node.Sent.OfType<SnapshotRequestFrame>().Skip(1).Any())
        {
            Assert.True(now < Start + 10_000, "the node has asked nobody");
            now = TestNode.Pass(now, ExchangeCore.TickInterval, _node);
        }

        return now;
    }

    private void Answer(LinkId link, long now, ImmutableArray<AppliedRange> ranges, double units = 0)
    {
        ImmutableArray<SnapshotRow> rows = units > 0 ? [new SnapshotRow(TestNode.Host.Key, units, units, 0, 0)] : [];
        _node.Core.Receive(now, link, new SnapshotChunkFrame(_node.Sent.OfType<SnapshotRequestFrame>().Last().Id, 0, true, ranges, rows), 200);
    }
}
