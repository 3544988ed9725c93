using System.Collections.Immutable;
using ThrottleNet.Counting;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>A node that starts takes as evidence what f + 1 snapshots of different operators agree on; f = 2 of the five operators lie.</summary>
public sealed class SnapshotEvidenceTests : IDisposable
{
    private const long Start = 1_767_225_600_000;
    private const ulong Innocent = 0x00ff_0000_c000_0201;
    private const ulong Sprayer = 0x00ff_0000_c000_0202;

    private readonly List<TestNode> _peers = [.. "bcdeg".Select(name => new TestNode($"{name}"))];

    public void Dispose() => _peers.ForEach(p => p.Dispose());

    [Fact]
    public void Two_liars_of_five_neither_invent_nor_hide_evidence_from_a_node_without_counts()
    {
        var rows = Applied([], peer => peer < 2 ? [Row(Innocent, 1e6, age: 1_000)] : [Row(Innocent, 1, age: 2), Row(Sprayer, 500 + peer, age: 3)]);
        var innocent = Assert.Single(rows, r => r.Key == Innocent);
        Assert.InRange(innocent.AttemptsEvident, 0.9, 1);
        Assert.Equal(2 * 60_000, innocent.Age);
        var sprayer = Assert.Single(rows, r => r.Key == Sprayer);
        Assert.InRange(sprayer.AttemptsEvident, 499, 502);
        Assert.InRange(sprayer.AttemptsFast, 499, 504);
        Assert.Equal(3 * 60_000, sprayer.Age);
    }

    [Fact]
    public void A_node_with_stored_counts_takes_evidence_and_leaves_its_counts()
    {
        var rows = Applied([new AppliedRange(_peers[0].Member.Origin, 1, 0, [])], peer => peer < 2 ? [] : [Row(Sprayer, 500)]);
        var sprayer = Assert.Single(rows);
        Assert.Equal((0, 0), (sprayer.AttemptsFast, sprayer.AttemptsSlow));
        Assert.InRange(sprayer.AttemptsEvident, 499, 501);
    }

    [Fact]
    public void Snapshots_of_nodes_that_do_not_know_evidence_corroborate_nothing()
    {
        var rows = Applied([], peer => [Row(Sprayer, 500) with { AttemptsEvident = peer < 2 ? 500 : 0, Age = 0 }]);
        var sprayer = Assert.Single(rows);
        Assert.InRange(sprayer.AttemptsFast, 499, 501);
        Assert.Equal((0, 0), (sprayer.AttemptsEvident, sprayer.Age));
    }

    [Fact]
    public void Among_two_other_operators_a_node_with_stored_counts_asks_for_no_evidence()
    {
        using var node = new TestNode("a", restored: [new AppliedRange(_peers[0].Member.Origin, 1, 0, [])]);
        node.LinkTo(_peers[0], Start);
        node.LinkTo(_peers[1], Start);
        TestNode.Pass(Start, 10_000, node);
        Assert.DoesNotContain(node.Sent, f => f is SnapshotRequestFrame);
    }

    private static SnapshotRow Row(ulong key, double units, long age = 0) =>
        new(key, units, units, 0, 0) { AttemptsEvident = units, Age = age * 60_000 };

    private IReadOnlyList<SnapshotRow> Applied(IReadOnlyCollection<AppliedRange> restored, Func<int, ImmutableArray<SnapshotRow>> answer)
    {
        using var node = new TestNode("a", restored: restored);
        var links = _peers.ConvertAll(p => node.LinkTo(p, Start));
        var now = TestNode.Pass(Start, 7_000, node);
        var id = node.Sent.OfType<SnapshotRequestFrame>().Last().Id;
        Assert.Equal(5, node.Sent.OfType<SnapshotRequestFrame>().Count());
        for (var i = 0; i < links.Count; i++)
        {
            // Over the wire, so that its form is tested too.
            Assert.True(FrameReader.TryRead(FrameWriter.Write(new SnapshotChunkFrame(id, 0, true, [], answer(i))), out var frame));
            node.Core.Receive(now, links[i], frame, 200);
        }

        TestNode.Pass(now, 2_000, node);
        return Assert.Single(node.Done.OfType<ApplySnapshot>()).Rows;
    }
}
