using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>A neighbour that stays within its budget of octets and still tries to keep a node busy.</summary>
public sealed class WorkBudgetTests : IDisposable
{
    private const long Start = 1_767_225_600_000;

    private readonly TestNode _peer = new("peer");
    private TestNode _node = new("node");

    public void Dispose()
    {
        _peer.Dispose();
        _node.Dispose();
    }

    [Fact]
    public void A_frame_counts_as_256_octets_at_least()
    {
        var link = Poor(10 * 256);
        for (var i = 0; i < 9; i++)
            Receive(link, new AckFrame(0, 0, 0, 0));
        Assert.True(Assert.Single(_node.Core.Neighbours).Ready); // the hello was the tenth
        Receive(link, new AckFrame(0, 0, 0, 0));
        Assert.Contains(new DropLink(link, GoodbyeReason.OverBudget), _node.Done);
    }

    [Fact]
    public void A_peer_that_was_cut_off_has_the_same_budget_when_it_reconnects()
    {
        var link = Poor(10 * 256);
        for (var i = 0; i < 10; i++)
            Receive(link, null);
        _node.Core.LinkDown(Start, link);
        var again = new LinkId(-1);
        _node.Core.LinkUp(Start, again, _peer.Member, null);
        Receive(again, _peer.Hello());
        Assert.Equal([link, again], _node.Done.OfType<DropLink>().Where(d => d.Reason == GoodbyeReason.OverBudget).Select(d => d.Link));
    }

    [Fact]
    public void A_batch_requested_several_times_in_one_frame_is_sent_once()
    {
        var link = _node.LinkTo(_peer, Start);
        for (var seq = 1ul; seq <= 20; seq++)
            Deliver(link, seq);
        Receive(link, new WantFrame([Range(5, 9), Range(1, 7), Range(1, 7), Range(6, 6), Range(9, 12), Range(20, 20)]));
        Assert.Equal(
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20],
            _node.Sent.OfType<DeliveryFrame>().Where(d => d.Repair).Select(d => d.Batch.Key.Seq));
    }

    [Fact]
    public void Looking_up_batches_uses_the_budget()
    {
        var link = Poor(10 * 256 * 64);
        Deliver(link, 1000); // all earlier ones count as applied, and none of them is kept
        for (var i = 0; i < 50; i++)
            Receive(link, new WantFrame([Range(1, 256)]));
        Assert.InRange(_node.Sent.OfType<UnavailableFrame>().Count(), 8, 10); // the first shuffle and digest cost too
    }

    [Fact]
    public void Answering_digests_uses_the_budget()
    {
        var known = Enumerable.Range(1, 1000).Select(i => new AppliedRange(new OriginId((ulong)i, 1), 1, 1, [])).ToList();
        var link = Poor(10 * 64 * 1010, known);
        Deliver(link, 1);
        for (var i = 0; i < 50; i++)
            Receive(link, new DigestFrame([], Answer: false));
        Assert.InRange(_node.Sent.OfType<DigestFrame>().Count(d => d.Answer), 8, 10);
    }

    [Fact]
    public void Comparing_a_digest_uses_the_budget()
    {
        var link = Poor(10 * 256 * 256);
        Deliver(link, 1);
        for (var i = 0; i < 50; i++)
            Receive(link, new DigestFrame([new AppliedRange(new OriginId(1, 2), 1, 256, [])], Answer: true)); // always the same, of an unknown origin
        Assert.Single(_node.Sent.OfType<WantFrame>());
        for (var i = 0; i < 256; i++)
            Receive(link, new WantFrame([Range(1, 1)]));
        Assert.InRange(_node.Sent.OfType<DeliveryFrame>().Count(), 0, 255);
    }

    [Fact]
    public void Answering_shuffles_uses_the_budget()
    {
        var link = Poor(10 * 16 * 1024);
        for (var i = 0; i < 50; i++)
            Receive(link, new ShuffleFrame([], Answer: false));
        Assert.Equal(10, _node.Sent.OfType<ShuffleFrame>().Count(s => s.Answer));
    }

    [Fact]
    public void Batches_that_are_verified_and_not_counted_use_their_origins_budget()
    {
        _node.Dispose();
        _node = new TestNode("node", change: s => s with { OriginRate = 1, OriginBurst = 250 });
        var link = _node.LinkTo(_peer, Start);
        for (var seq = 1ul; seq <= 20; seq++)
            Receive(link, new DeliveryFrame(_peer.Batch(1, seq, 4, 0), false, 0)); // from 1970
        Assert.Equal(3, _node.Done.Count(e => e is Fact { Kind: ExchangeFact.TooOld }));
        Assert.Equal(17, _node.Done.Count(e => e is Fact { Kind: ExchangeFact.OriginOverBudget }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    public void Of_one_origin_2400_signatures_are_verified_at_once_and_then_20_a_second_for_any_batch_size(int rows)
    {
        var checks = 0;
        var link = Unchecked(() => checks++);
        var body = Body(rows);
        for (var seq = 1ul; seq <= 5000; seq++)
            Receive(link, Delivery(seq, Start, body));
        Assert.Equal(2400, checks);
        for (var second = 1; second <= 10; second++)
        {
            var now = Start + (second * 1000);
            for (var i = 0; i < 100; i++)
                Receive(link, Delivery((ulong)(5000 + (second * 100) + i), now, body), now);
            Assert.Equal(2400 + (second * 20), checks);
        }
    }

    [Theory]
    [InlineData(100, 200)] // the shortest interval between batches
    [InlineData(1000, 2000)]
    public void An_origin_may_send_2000_rows_a_second_without_end(int interval, int rows)
    {
        const int Time = 20 * 60 * 1000;
        var link = Unchecked(static () => { });
        var body = Body(rows);
        for (var at = 0; at < Time; at += interval)
            Receive(link, Delivery((ulong)(1 + (at / interval)), Start + at, body), Start + at);
        Assert.Equal(Time / interval, _node.Applied.Count());
    }

    [Fact]
    public void A_neighbour_that_announces_batches_without_end_has_16384_of_them_noted()
    {
        const int Noted = 16_384;
        var link = _node.LinkTo(_peer, Start);
        for (var frame = 0; frame < 6; frame++)
            Receive(link, new AnnounceFrame([.. Enumerable.Range(frame * 4096, 4096).Select(i => (ulong)i)]));
        _node.Core.Tick(Start + 500);
        _node.Take();
        Assert.Equal(Noted, _node.Sent.OfType<GraftFrame>().Sum(g => g.Ids.Length));
    }

    [Fact]
    public void Chosen_keys_do_not_collide()
    {
        var twins = Enumerable.Range(0, 10_000).Select(i => (ulong)i << 32 | (uint)i).ToList(); // the two halves cancel out
        Assert.InRange(twins.Select(n => new OriginId(n, 7).GetHashCode()).Distinct().Count(), 9_900, 10_000);
        Assert.InRange(twins.Select(n => new OriginId(7, n).GetHashCode()).Distinct().Count(), 9_900, 10_000);
        Assert.InRange(twins.Select(n => new BatchKey(default, n, 7).GetHashCode()).Distinct().Count(), 9_900, 10_000);
        Assert.InRange(twins.Select(n => new BatchKey(default, 7, n).GetHashCode()).Distinct().Count(), 9_900, 10_000);
        Assert.InRange(twins.Select(n => new EpochKey(default, n).GetHashCode()).Distinct().Count(), 9_900, 10_000);
    }

    private SeqRange Range(ulong first, ulong last) => new(_peer.Member.Origin, 1, first, last);

    private LinkId Poor(int octets, IReadOnlyCollection<AppliedRange>? known = null)
    {
        _node.Dispose();
        _node = new TestNode("node", change: s => s with { LinkRate = 0, LinkBurst = octets }, restored: known);
        return _node.LinkTo(_peer, Start);
    }

    // A link with a peer whose signatures all verify, and whose verifications are counted.
    private LinkId Unchecked(Action onCheck)
    {
        var link = new LinkId(1);
        _node.Core.LinkUp(Start, link, _peer.Member with { Verify = (_, _) => { onCheck(); return true; } }, null);
        Receive(link, _peer.Hello());
        return link;
    }

    private static byte[] Body(int rows) => BatchBody.Encode(BatchCounts.Of(Enumerable.Range(0, rows).Select(i => new CountEntry(TestNode.Host.Key + (ulong)i, 4)), []));

    private DeliveryFrame Delivery(ulong seq, long time, byte[] body) =>
        new(new Batch(new BatchKey(_peer.Member.Origin, 1, seq), time, body, new byte[Batch.SignatureSize]), Repair: false, Age: 0);

    private void Deliver(LinkId link, ulong seq) => Receive(link, new DeliveryFrame(_peer.Batch(1, seq, 4, Start), false, 0));

    private void Receive(LinkId link, Frame? frame, long now = Start)
    {
        _node.Core.Receive(now, link, frame, 5);
        _node.Take();
    }
}
