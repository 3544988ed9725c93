using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

public sealed class ExchangeCoreTests : IDisposable
{
    private const long Start = 1_767_225_600_000;

    private readonly TestNode _a = new("a");
    private readonly TestNode _b = new("b");
    private readonly TestNode _c = new("c");

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
    }

    [Fact]
    public void Two_nodes_exchange_their_counts_in_signed_batches()
    {
        TestNode.Link(_a, _b, Start);
        _a.Outbox.Add(TestNode.Host);
        _a.Outbox.Add(TestNode.Host, quarters: 1);
        _a.Outbox.AddBadRecipient(TestNode.Host);
        TestNode.Pass(Start, 1000, _a, _b);

        var applied = Assert.Single(_b.Applied);
        Assert.Equal(_a.Member.Origin, applied.Key.Origin);
        Assert.Equal("a", applied.Operator);
        Assert.Equal(new CountEntry(TestNode.Host.Key, 5), Assert.Single(applied.Counts.Attempts));
        Assert.Equal(new CountEntry(TestNode.Host.Key, 4), Assert.Single(applied.Counts.BadRecipients));
        Assert.Empty(_a.Applied);
    }

    [Fact]
    public void Batches_reach_a_node_without_a_link_to_their_origin_preceded_by_its_certificate()
    {
        TestNode.Link(_a, _b, Start);
        TestNode.Link(_b, _c, Start);
        _a.Outbox.Add(TestNode.Host);
        TestNode.Pass(Start, 2000, _a, _b, _c);
        Assert.Equal(1, _c.UnitsApplied);
    }

    public static TheoryData<string, GoodbyeReason> BadHellos() => new()
    {
        { "network", GoodbyeReason.WrongNetwork },
        { "old", GoodbyeReason.WrongVersion },
        { "new", GoodbyeReason.WrongVersion },
        { "node", GoodbyeReason.WrongIdentity },
    };

    [Theory]
    [MemberData(nameof(BadHellos))]
    public void A_hello_with_a_wrong_network_version_or_node_ends_the_link(string what, GoodbyeReason reason)
    {
        var hello = _b.Hello();
        var link = _a.LinkTo(_b, Start, what switch
        {
            "network" => hello with { Network = "another" },
            "old" => hello with { OldestVersion = 0, Version = 0 },
            "new" => hello with { OldestVersion = 2, Version = 3 },
            _ => hello with { Node = _c.Member.Origin },
        });
        Assert.Contains(new DropLink(link, reason), _a.Done);
        Assert.Contains(_a.Sent, f => f is GoodbyeFrame g && g.Reason == reason);
        Assert.Contains(_a.Done, e => e is Fact { Kind: ExchangeFact.PeerRefused });
        Assert.Empty(_a.Core.Neighbours);
    }

    [Fact]
    public void A_node_of_a_later_version_that_supports_this_one_is_accepted()
    {
        _a.LinkTo(_b, Start, _b.Hello() with { Version = 9 });
        Assert.True(Assert.Single(_a.Core.Neighbours).Ready);
    }

    [Fact]
    public void A_frame_before_the_hello_or_a_second_hello_ends_the_link()
    {
        var first = new LinkId(1000);
        _a.Core.LinkUp(Start, first, _b.Member, null);
        _a.Core.Receive(Start, first, new DeliveryFrame(_b.Batch(1, 1, 4, Start), false, 0), 200);
        _a.Take();
        Assert.Contains(new DropLink(first, GoodbyeReason.Malformed), _a.Done);
        Assert.Empty(_a.Applied);

        var second = _a.LinkTo(_b, Start);
        _a.Core.Receive(Start, second, _b.Hello(), 100);
        _a.Take();
        Assert.Contains(new DropLink(second, GoodbyeReason.Malformed), _a.Done);
    }

    [Fact]
    public void A_link_without_a_hello_or_without_any_frame_is_dropped()
    {
        var mute = new LinkId(1000);
        _a.Core.LinkUp(Start, mute, _b.Member, null);
        var silent = _a.LinkTo(_c, Start);
        TestNode.Pass(Start, 7000, _a);
        Assert.Contains(new DropLink(mute, GoodbyeReason.Malformed), _a.Done);
        Assert.DoesNotContain(new DropLink(silent, GoodbyeReason.Silent), _a.Done);
        TestNode.Pass(Start + 7000, 10_000, _a);
        Assert.Contains(new DropLink(silent, GoodbyeReason.Silent), _a.Done);
    }

    [Fact]
    public void A_node_has_at_most_two_links_before_its_hello()
    {
        for (var i = 0; i < 100; i++)
            _a.Core.LinkUp(Start, new LinkId(1000 + i), _b.Member, null);
        Assert.Equal(98, _a.Take().Count(e => e is DropLink { Reason: GoodbyeReason.Duplicate }));
        Assert.Equal(2, _a.Core.Neighbours.Count());
        _a.Core.Receive(Start, new LinkId(1000), _b.Hello(), 100);
        Assert.Contains(_a.Core.Neighbours, p => p.Ready);
    }

    [Fact]
    public void Links_without_a_hello_give_way_to_new_links_after_a_second()
    {
        var idlers = Enumerable.Range(0, 64).Select(_ => new TestNode("idle")).ToList();
        foreach (var (i, idler) in idlers.Index())
            _a.Core.LinkUp(Start, new LinkId(1000 + i), idler.Member, null);
        _a.Core.LinkUp(Start + 500, new LinkId(2000), _b.Member, null);
        Assert.Contains(new DropLink(new LinkId(2000), GoodbyeReason.ViewFull), _a.Take()); // their hellos may still arrive
        _a.Core.LinkUp(Start + 1000, new LinkId(2001), _b.Member, null);
        _a.Core.Receive(Start + 1000, new LinkId(2001), _b.Hello(), 100);
        Assert.Contains(_a.Core.Neighbours, p => p.Ready && p.Origin == _b.Member.Origin);
        idlers.ForEach(i => i.Dispose());
    }

    [Fact]
    public void A_node_does_not_link_with_itself()
    {
        _a.Core.LinkUp(Start, new LinkId(1000), _a.Member, null);
        Assert.Contains(new DropLink(new LinkId(1000), GoodbyeReason.WrongIdentity), _a.Take());
    }

    [Fact]
    public void Both_nodes_keep_the_same_one_of_two_links()
    {
        TestNode.Link(_a, _b, Start);
        TestNode.Link(_b, _a, Start);
        Assert.Equal(Assert.Single(_a.Core.Neighbours).Link, Assert.Single(_b.Core.Neighbours).Link);
        Assert.True(Assert.Single(_a.Core.Neighbours).Outgoing == _a.Member.Origin < _b.Member.Origin);
    }

    [Fact]
    public void Replays_and_old_epochs_are_not_applied()
    {
        var link = _a.LinkTo(_b, Start);
        for (var i = 0; i < 3; i++)
            Deliver(_a, link, _b.Batch(5, 1, 4, Start));
        Deliver(_a, link, _b.Batch(6, 1, 4, Start)); // it started again
        Deliver(_a, link, _b.Batch(5, 2, 4, Start)); // its last batch before that was late
        Deliver(_a, link, _b.Batch(4, 1, 4, Start)); // an epoch too old
        Deliver(_a, link, _b.Batch(6, 300, 4, Start));
        Deliver(_a, link, _b.Batch(6, 44, 4, Start)); // beyond the window

        Assert.Equal(["5/1", "6/1", "5/2", "6/300"], _a.Applied.Select(x => $"{x.Key.Epoch}/{x.Key.Seq}"));
        Assert.Contains(_a.Done, e => e is Fact { Kind: ExchangeFact.OldEpoch });
    }

    [Fact]
    public void A_forged_batch_ends_the_link_that_brought_it()
    {
        var link = _a.LinkTo(_b, Start);
        var real = _b.Batch(1, 1, 4, Start);
        Deliver(_a, link, new Batch(real.Key, real.Time, BatchBody.Encode(BatchCounts.Empty), real.Signature));
        Assert.Empty(_a.Applied);
        Assert.Contains(new DropLink(link, GoodbyeReason.Malformed), _a.Done);
    }

    [Fact]
    public void A_signed_malformed_body_is_neither_applied_nor_passed_on()
    {
        TestNode.Link(_a, _c, Start);
        var link = _a.LinkTo(_b, Start);
        var key = new BatchKey(_b.Member.Origin, 1, 1);
        foreach (var body in new byte[][] { [], [1], [9, 9, 9], [1, 0, 0, 0, 0, 0] })
            Deliver(_a, link, SignedBody(key, body));
        Assert.Empty(_a.Applied);
        Assert.DoesNotContain(_a.Sent, f => f is DeliveryFrame);
        Assert.Contains(_a.Done, e => e is Fact { Kind: ExchangeFact.BadBody });
    }

    [Fact]
    public void A_batch_of_an_unknown_origin_is_applied_after_its_certificate_and_foreign_certificates_are_rejected()
    {
        using var stranger = new TestNode("stranger");
        var link = _a.LinkTo(_b, Start);
        Deliver(_a, link, _c.Batch(1, 1, 4, Start));
        Assert.Empty(_a.Applied);
        _a.Core.Receive(Start, link, new CredentialFrame(_c.Member.Certificate), 600);
        Deliver(_a, link, _c.Batch(1, 1, 4, Start));
        Assert.Single(_a.Applied);

        for (var i = 0; i < 17; i++)
            _a.Core.Receive(Start, link, new CredentialFrame(stranger.Member.Certificate), 600);
        Deliver(_a, link, stranger.Batch(1, 1, 4, Start));
        _a.Take();
        Assert.Single(_a.Applied);
        Assert.Contains(new DropLink(link, GoodbyeReason.Malformed), _a.Done);
    }

    [Fact]
    public void Two_contents_of_one_batch_evict_their_origin_at_all_nodes_and_at_new_ones()
    {
        TestNode.Link(_a, _b, Start);
        using var liar = new TestNode("liar");
        var toA = _a.LinkTo(liar, Start);
        _a.Core.Receive(Start, toA, new DeliveryFrame(liar.Batch(1, 1, 4, Start), false, 0), 200);
        var now = TestNode.Pass(Start, 1000, _a, _b);
        _a.Core.Receive(now, toA, new DeliveryFrame(liar.Batch(1, 1, 8, Start), false, 0), 200);
        TestNode.Run(now, _a, _b);

        foreach (var node in new[] { _a, _b })
        {
            var evict = Assert.Single(node.Done.OfType<Evict>());
            Assert.Equal(liar.Member.Origin, evict.Member.Origin);
            Assert.True(evict.Proof.Holds(liar.Member.Verify));
        }

        Assert.Contains(new DropLink(toA, GoodbyeReason.Evicted), _a.Done);
        var applied = _b.Applied.Count();
        TestNode.Link(_c, _b, now);
        Assert.Single(_c.Done.OfType<Evict>());
        _b.Core.LinkUp(now, new LinkId(1000), liar.Member, null);
        Assert.Contains(new DropLink(new LinkId(1000), GoodbyeReason.Evicted), _b.Take());
        Assert.Equal(applied, _b.Applied.Count());
    }

    [Fact]
    public void An_origin_evicted_before_this_start_stays_evicted_and_new_neighbours_get_the_proof()
    {
        using var liar = new TestNode("liar");
        var proof = new EquivocationProof(liar.Batch(1, 1, 4, Start), liar.Batch(1, 1, 8, Start));
        _a.Core.Convict(Start, liar.Member, proof);
        _a.Core.LinkUp(Start, new LinkId(1000), liar.Member, null);
        Assert.Contains(new DropLink(new LinkId(1000), GoodbyeReason.Evicted), _a.Take());
        Assert.DoesNotContain(_a.Done, e => e is Evict); // the host knows

        TestNode.Link(_a, _b, Start);
        Assert.Equal(liar.Member.Origin, Assert.Single(_b.Done.OfType<Evict>()).Member.Origin);
    }

    [Fact]
    public void A_joining_link_of_an_evicted_origin_is_dropped()
    {
        using var liar = new TestNode("liar");
        var ready = _a.LinkTo(liar, Start);
        var joining = new LinkId(1000);
        _a.Core.LinkUp(Start, joining, liar.Member, null);
        Deliver(_a, ready, liar.Batch(1, 1, 4, Start));
        Deliver(_a, ready, liar.Batch(1, 1, 8, Start));
        Assert.Contains(new DropLink(ready, GoodbyeReason.Evicted), _a.Done);
        _a.Core.Receive(Start, joining, liar.Hello(), 100);
        Assert.Contains(new DropLink(joining, GoodbyeReason.Evicted), _a.Take());
        Assert.Empty(_a.Core.Neighbours);
    }

    [Fact]
    public void A_proof_under_a_certificate_that_is_no_longer_trusted_evicts_here_and_is_not_passed_on()
    {
        using var liar = new TestNode("liar");
        _a.Rejected.Add("liar");
        _a.Core.Convict(Start, liar.Member, new EquivocationProof(liar.Batch(1, 1, 4, Start), liar.Batch(1, 1, 8, Start)));
        var link = _a.LinkTo(_b, Start);
        Assert.DoesNotContain(_a.Sent, f => f is CredentialFrame or EquivocationFrame);

        using var renewed = new TestNode("renewed", sameKeyAs: liar);
        _a.Core.Receive(Start, link, new CredentialFrame(renewed.Member.Certificate), 600);
        Deliver(_a, link, renewed.Batch(1, 2, 4, Start));
        Assert.Empty(_a.Applied);
    }

    [Fact]
    public void A_proof_against_one_origin_does_not_evict_another()
    {
        using var liar = new TestNode("liar");
        _a.Core.Convict(Start, _b.Member, new EquivocationProof(liar.Batch(1, 1, 4, Start), liar.Batch(1, 1, 8, Start)));
        _a.LinkTo(_b, Start);
        Assert.Single(_a.Core.Neighbours);
    }

    [Fact]
    public void A_proof_under_an_expired_certificate_evicts_here_and_is_not_passed_on()
    {
        using var liar = new TestNode("liar", validUntil: Start - 1);
        _a.Core.Convict(Start, liar.Member, new EquivocationProof(liar.Batch(1, 1, 4, Start), liar.Batch(1, 1, 8, Start)));
        using var renewed = new TestNode("liar", sameKeyAs: liar);
        _a.Core.LinkUp(Start, new LinkId(1000), renewed.Member, null);
        Assert.Contains(new DropLink(new LinkId(1000), GoodbyeReason.Evicted), _a.Take());
        _a.LinkTo(_b, Start);
        Assert.DoesNotContain(_a.Sent, f => f is CredentialFrame or EquivocationFrame);
    }

    [Fact]
    public void An_invalid_proof_evicts_no_node()
    {
        var link = _a.LinkTo(_b, Start);
        _a.Core.Receive(Start, link, new CredentialFrame(_c.Member.Certificate), 600);
        var real = _c.Batch(1, 1, 4, Start);
        var forged = new Batch(real.Key, real.Time, BatchBody.Encode(BatchCounts.Empty), _b.Batch(1, 1, 4, Start).Signature);
        _a.Core.Receive(Start, link, new EquivocationFrame(new EquivocationProof(real, forged)), 600);
        _a.Core.Receive(Start, link, new EquivocationFrame(new EquivocationProof(real, _c.Batch(1, 1, 4, Start))), 600);
        Assert.DoesNotContain(_a.Take(), e => e is Evict);
    }

    [Fact]
    public void A_link_over_its_budget_is_dropped_and_batches_of_an_origin_over_its_budget_are_not_applied()
    {
        using var poor = new TestNode("poor", change: s => s with { LinkRate = 1000, LinkBurst = 5000, OriginRate = 1, OriginBurst = 500 });
        var link = poor.LinkTo(_b, Start);
        for (ulong seq = 1; seq <= 20; seq++)
            Deliver(poor, link, _b.Batch(1, seq, 4, Start));
        Assert.Equal(5, poor.Applied.Count()); // a hundred each: a batch costs too
        Assert.Contains(poor.Done, e => e is Fact { Kind: ExchangeFact.OriginOverBudget });
        for (var i = 0; i < 10; i++)
            poor.Core.Receive(Start, link, new AckFrame(0, 0, 0, 0), 1000);
        poor.Take();
        Assert.Contains(new DropLink(link, GoodbyeReason.OverBudget), poor.Done);
    }

    [Fact]
    public void Frames_of_unknown_kinds_keep_the_link_alive_and_use_up_its_budget()
    {
        using var poor = new TestNode("poor", change: s => s with { LinkRate = 100, LinkBurst = 5000 });
        var link = poor.LinkTo(_b, Start);
        var now = Start;
        for (var second = 0; second < 30; second++)
        {
            now = TestNode.Pass(now, 1000, poor);
            poor.Core.Receive(now, link, null, 100);
        }

        Assert.Equal(now, Assert.Single(poor.Core.Neighbours).LastReceived);
        for (var i = 0; i < 60; i++)
            poor.Core.Receive(now, link, null, 100);
        poor.Take();
        Assert.Contains(new DropLink(link, GoodbyeReason.OverBudget), poor.Done);
    }

    [Fact]
    public void Batch_times_are_in_this_nodes_clock_and_never_in_the_future_and_old_batches_are_dropped()
    {
        var link = _a.LinkTo(_b, Start);
        Deliver(_a, link, _b.Batch(1, 1, 4, Start + 3_600_000));
        Deliver(_a, link, _b.Batch(1, 2, 4, long.MaxValue));
        Deliver(_a, link, _b.Batch(1, 3, 4, long.MinValue));
        Assert.Equal([Start, Start], _a.Applied.Select(x => x.Time));
        Assert.Contains(_a.Done, e => e is Fact { Kind: ExchangeFact.TooOld });
    }

    [Fact]
    public void A_node_that_lost_its_epoch_continues_above_the_epoch_known_to_its_peers()
    {
        TestNode.Link(_a, _b, Start);
        _a.Outbox.Add(TestNode.Host);
        var now = TestNode.Pass(Start, 1000, _a, _b);
        using var amnesiac = new TestNode("a", epoch: 1, sameKeyAs: _a);
        foreach (var link in _b.Core.Neighbours.Select(p => p.Link).ToList())
            _b.Core.LinkDown(now, link);
        TestNode.Link(amnesiac, _b, now);
        now = TestNode.Pass(now, 2000, amnesiac, _b);

        Assert.Equal(2ul, amnesiac.Core.Epoch);
        Assert.Contains(new EpochRaised(2), amnesiac.Done);
        Assert.Equal(1, amnesiac.UnitsApplied); // its own earlier counts came back
        amnesiac.Outbox.Add(TestNode.Host);
        TestNode.Pass(now, 1500, amnesiac, _b);
        Assert.Equal(2, _b.UnitsApplied);
        Assert.Empty(_b.Done.OfType<Evict>());
    }

    [Fact]
    public void A_stopping_node_publishes_its_last_counts_and_sends_a_goodbye()
    {
        TestNode.Link(_a, _b, Start);
        _a.Outbox.Add(TestNode.Host);
        _a.Core.Stop(Start + 10);
        TestNode.Run(Start + 10, _a, _b);
        Assert.Equal(1, _b.UnitsApplied);
        Assert.Empty(_b.Core.Neighbours);
    }

    private static void Deliver(TestNode node, LinkId link, Batch batch)
    {
        node.Core.Receive(Start, link, new DeliveryFrame(batch, false, 0), 200);
        node.Take();
    }

    private Batch SignedBody(BatchKey key, byte[] body)
    {
        var signed = new byte[20 + 16 + 24 + body.Length];
        "throttlenet batch 1\0"u8.CopyTo(signed);
        key.Origin.Write(signed.AsSpan(20));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(signed.AsSpan(36), key.Epoch);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(signed.AsSpan(44), key.Seq);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(signed.AsSpan(52), Start);
        body.CopyTo(signed.AsSpan(60));
        return new Batch(key, Start, body, _b.Sign(signed));
    }
}
