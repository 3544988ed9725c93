using System.Collections.Immutable;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>Invented origins take no place that an origin with a certificate needs.</summary>
public sealed class OriginTableTests : IDisposable
{
    private const long Start = 1_767_225_600_000;
    private const int Places = 65_536;

    private readonly TestNode _peer = new("peer");
    private readonly TestNode _newcomer = new("newcomer");

    public void Dispose()
    {
        _peer.Dispose();
        _newcomer.Dispose();
    }

    [Fact]
    public void A_snapshot_with_invented_origins_leaves_room_for_real_ones()
    {
        using var node = new TestNode("node", restored: []);
        var link = node.LinkTo(_peer, Start);
        var now = TestNode.Pass(Start, 6000, node);
        var id = Assert.Single(node.Sent.OfType<SnapshotRequestFrame>()).Id;
        var chunks = Inventions().Chunk(ExchangeLimits.AppliedRanges).ToList();
        foreach (var (i, chunk) in chunks.Index())
            node.Core.Receive(now, link, new SnapshotChunkFrame(id, i, i == chunks.Count - 1, [.. chunk], []), 1000);
        now = TestNode.Pass(now, 1000, node);
        Assert.Contains(node.Done, e => e is ApplySnapshot);
        AssertTakes(node, link, now);
        Assert.InRange(node.Core.Export(now).Select(h => h.Origin).Distinct().Count(), 1000, (Places / 2) + 10);
    }

    [Fact]
    public void Stored_invented_origins_leave_room_for_real_ones_which_are_stored_first()
    {
        using var node = new TestNode("node", restored: [.. Inventions(), new AppliedRange(_peer.Member.Origin, 1, 3, [])]);
        var link = node.LinkTo(_peer, Start);
        AssertTakes(node, link, Start);
        var stored = node.Core.Export(Start);
        Assert.Contains(_newcomer.Member.Origin, stored.Take(10).Select(h => h.Origin));
        Assert.Contains(node.Member.Origin, stored.Take(10).Select(h => h.Origin));
    }

    [Fact]
    public void In_a_full_table_an_origin_with_a_certificate_replaces_one_without()
    {
        var context = new ExchangeContext(new ExchangeSettings { Network = "test" }, _peer.Member, new Outbox(), new Random(1));
        for (var i = 0ul; i < Places; i++)
            Assert.NotNull(context.FindOrAddUnverified(new OriginId(1, i)));
        Assert.Equal(Places / 2, context.Origins.Count);
        Assert.Null(context.Find(new OriginId(1, 0))); // the ones named last stay
        Assert.NotNull(context.FindOrAdd(new OriginId(1, Places - 1))); // its certificate arrived later
        for (var i = 0ul; i < Places - 1; i++)
            Assert.NotNull(context.FindOrAdd(new OriginId(2, i)));
        Assert.Equal(Places, context.Origins.Count);
        Assert.NotNull(context.Find(new OriginId(1, Places - 1)));
        Assert.Null(context.Find(new OriginId(1, Places - 2)));
        Assert.Null(context.FindOrAdd(new OriginId(3, 0)));
        Assert.Null(context.FindOrAddUnverified(new OriginId(3, 0)));
        Assert.NotNull(context.FindOrAddUnverified(new OriginId(2, 5)));

        context.MarkUnverified(context.Find(new OriginId(2, 5))!);
        Assert.NotNull(context.FindOrAdd(new OriginId(3, 0)));
        Assert.Null(context.Find(new OriginId(2, 5)));
    }

    private static IEnumerable<AppliedRange> Inventions() =>
        Enumerable.Range(1, Places).SelectMany(i => new[] { new AppliedRange(new OriginId(7, (ulong)i), 1, 9, []), new AppliedRange(new OriginId(7, (ulong)i), 2, 9, []) });

    private void AssertTakes(TestNode node, LinkId link, long now)
    {
        node.Core.Receive(now, link, new CredentialFrame(_newcomer.Member.Certificate), 600);
        node.Core.Receive(now, link, new DeliveryFrame(_newcomer.Batch(1, 1, 4, now), false, 0), 200);
        node.Take();
        Assert.Equal(1, node.UnitsApplied);
    }
}
