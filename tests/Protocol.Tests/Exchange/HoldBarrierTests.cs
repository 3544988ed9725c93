using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

public sealed class HoldBarrierTests : IDisposable
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
    public void A_node_without_links_does_not_wait()
    {
        var ticket = _a.Outbox.Add(TestNode.Host);
        Assert.True(_a.Core.IsAlone);
        TestNode.Pass(Start, 200, _a);
        Assert.Equal(ticket, _a.Complete);
    }

    [Fact]
    public void A_hold_ends_once_the_neighbour_has_acknowledged_and_its_earlier_counts_are_applied()
    {
        TestNode.Link(_a, _b, Start);
        var now = TestNode.Pass(Start, 1500, _a, _b);
        Assert.False(_a.Core.IsAlone);
        _b.Outbox.Add(TestNode.Host);
        now = TestNode.Pass(now, 300, _a, _b); // b's first batch is out, its next may leave in a second
        _b.Outbox.Add(TestNode.Host);
        var ticket = _a.Outbox.Add(TestNode.Host);
        now = TestNode.Pass(now, 300, _a, _b);
        Assert.Equal(1, _b.UnitsApplied); // b has a's batch
        Assert.True(_a.Complete < ticket, "b has an attempt of the same moment that a does not know");
        TestNode.Pass(now, 1000, _a, _b);
        Assert.Equal(2, _a.UnitsApplied);
        Assert.Equal(ticket, _a.Complete);
    }

    [Fact]
    public void Of_two_attempts_at_two_nodes_the_later_decision_includes_the_earlier_attempt()
    {
        for (var seed = 1; seed <= 30; seed++)
        {
            using var a = new TestNode("a");
            using var b = new TestNode("b");
            var random = new Random(seed);
            TestNode.Link(a, b, Start);
            var now = TestNode.Pass(Start, random.Next(20) * 100, a, b);
            var known = new Dictionary<(TestNode, int), double>();
            var waiting = new List<(TestNode Node, int Number, ulong Ticket)>();
            var registered = 0;
            for (var step = 0; step < 60; step++)
            {
                foreach (var node in new[] { a, b })
                {
                    if (random.Next(4) == 0)
                        waiting.Add((node, registered++, node.Outbox.Add(TestNode.Host)));
                }

                now = TestNode.Pass(now, 100, a, b);
                foreach (var done in waiting.Where(w => w.Node.Complete >= w.Ticket).ToList())
                {
                    waiting.Remove(done);
                    // Its own rank is known anyway: what of the other's must be here is everything registered before.
                    known[(done.Node, done.Number)] = done.Node.UnitsApplied;
                }
            }

            TestNode.Pass(now, 3000, a, b);
            Assert.True(waiting.All(w => w.Node.Complete >= w.Ticket), $"seed {seed}");
            Assert.True(known.Count > 10, $"seed {seed}");
            foreach (var ((node, number), units) in known)
                Assert.True(units >= OthersBefore(node, number), $"seed {seed}: attempt {number} was judged knowing {units}");

            double OthersBefore(TestNode node, int number) => known.Keys.Count(k => k.Item1 != node && k.Item2 < number);
        }
    }

    [Fact]
    public void A_silent_neighbour_delays_the_hold_by_a_few_seconds_only()
    {
        TestNode.Link(_a, _b, Start);
        TestNode.Link(_a, _c, Start);
        TestNode.Link(_b, _c, Start);
        var now = TestNode.Pass(Start, 2000, _a, _b, _c);
        var ticket = _a.Outbox.Add(TestNode.Host);
        now = TestNode.Pass(now, 1000, _a, _b); // nothing comes from c
        Assert.True(_a.Complete < ticket);
        now = TestNode.Pass(now, 3000, _a, _b);
        Assert.Equal(ticket, _a.Complete);
        ticket = _a.Outbox.Add(TestNode.Host);
        TestNode.Pass(now, 1500, _a, _b);
        Assert.Equal(ticket, _a.Complete);
    }

    [Fact]
    public void A_node_that_was_paused_itself_does_not_count_its_neighbours_as_silent()
    {
        var link = _a.LinkTo(_b, Start);
        _a.Core.Tick(Start);
        var ticket = _a.Outbox.Add(TestNode.Host);
        _a.Core.Tick(Start + 20_000);
        _a.Take();
        Assert.True(_a.Complete < ticket, "the other may have said something that waits to be read");
        Assert.DoesNotContain(_a.Done, e => e is DropLink);
        _a.Core.Receive(Start + 20_100, link, new AckFrame(1, ticket, 1, 0), 20);
        _a.Take();
        Assert.Equal(ticket, _a.Complete);
    }

    [Fact]
    public void While_a_peer_without_a_link_publishes_batches_the_hold_is_not_complete()
    {
        TestNode.Link(_a, _b, Start);
        TestNode.Link(_b, _c, Start);
        var now = Start;
        for (var i = 0; i < 5; i++)
        {
            _c.Outbox.Add(TestNode.Host);
            now = TestNode.Pass(now, 1000, _a, _b, _c);
        }

        Assert.True(_a.UnitsApplied >= 3); // a gets c's batches through b
        var ticket = _a.Outbox.Add(TestNode.Host);
        now = TestNode.Pass(now, 10_000, _a, _b, _c); // c counts nothing for a while, and may again at any moment
        Assert.True(_a.Complete < ticket);
        TestNode.Pass(now, 6_000, _a, _b, _c);
        Assert.Equal(ticket, _a.Complete);
    }

    [Fact]
    public void A_neighbour_that_reconnects_at_once_keeps_its_place_in_the_barrier()
    {
        var link = _a.LinkTo(_b, Start);
        var ticket = _a.Outbox.Add(TestNode.Host);
        _a.Core.Tick(Start + 100);
        _a.Take();
        _a.Core.LinkDown(Start + 200, link);
        link = _a.LinkTo(_b, Start + 300);
        _a.Core.Tick(Start + 400);
        _a.Take();
        Assert.True(_a.Complete < ticket, "no neighbour has acknowledged the batch");
        _a.Core.Receive(Start + 500, link, new AckFrame(1, ticket, 1, 0), 20);
        _a.Take();
        Assert.Equal(ticket, _a.Complete);
    }

    [Fact]
    public void The_last_batch_of_a_dead_node_that_arrives_through_another_neighbour_does_not_block_the_barrier()
    {
        var direct = _a.LinkTo(_b, Start);
        var detour = _a.LinkTo(_c, Start);
        var now = Start;
        for (ulong seq = 1; seq <= 3; seq++)
        {
            now += 500; // b publishes directly to a, so its clock is known
            _a.Core.Receive(now, direct, new DeliveryFrame(_b.Batch(1, seq, 4, now), Repair: false, Age: 0), 200);
        }

        now += 900;
        var last = _b.Batch(1, 4, 4, now);
        now += 100;
        _a.Core.LinkDown(now, direct); // b has died right after its last batch, which only c got
        now += 400;
        _a.Core.Receive(now, detour, new CredentialFrame(_b.Member.Certificate), 200);
        _a.Core.Receive(now, detour, new DeliveryFrame(last, Repair: true, Age: 500), 200);
        _a.Take();
        Assert.Equal(4, _a.Applied.Count());

        Assert.InRange(CompletesAfter(detour, now), 1, 4000);
    }

    [Fact]
    public void A_node_that_publishes_after_its_link_ended_blocks_the_barrier_for_any_skew_of_its_clock()
    {
        foreach (var skew in new long[] { 0, -3_600_000, 3_600_000 })
        {
            using var a = new TestNode("a");
            var direct = a.LinkTo(_b, Start);
            var detour = a.LinkTo(_c, Start);
            a.Core.Receive(Start + 500, direct, new DeliveryFrame(_b.Batch(1, 1, 4, Start + 500 + skew), Repair: false, Age: 0), 200);
            a.Core.LinkDown(Start + 1000, direct);
            a.Core.Receive(Start + 9000, detour, new DeliveryFrame(_b.Batch(1, 2, 4, Start + 9000 + skew), Repair: false, Age: 0), 200);
            var ticket = a.Outbox.Add(TestNode.Host);
            for (var now = Start + 9100; now < Start + 15_000; now += 100)
            {
                a.Core.Tick(now);
                a.Core.Receive(now, detour, new AckFrame(1, ticket, 1, 0), 20);
                a.Take();
            }

            Assert.True(a.Complete < ticket, $"skew {skew}");
        }
    }

    [Fact]
    public void A_neighbour_whose_link_ended_delays_the_hold_by_a_few_seconds_only()
    {
        var gone = _a.LinkTo(_b, Start);
        var stays = _a.LinkTo(_c, Start);
        var ticket = _a.Outbox.Add(TestNode.Host);
        _a.Core.Tick(Start + 100);
        _a.Core.LinkDown(Start + 200, gone);
        _a.Core.Receive(Start + 2900, stays, new AckFrame(1, ticket, 1, 0), 20);
        _a.Take();
        Assert.True(_a.Complete < ticket, "it may be back");
        _a.Core.Receive(Start + 3100, stays, new AckFrame(1, ticket, 1, 0), 20);
        _a.Take();
        Assert.Equal(ticket, _a.Complete);
    }

    [Fact]
    public void An_acknowledgement_of_unpublished_batches_completes_no_hold()
    {
        var link = _a.LinkTo(_b, Start);
        _a.Core.Receive(Start, link, new AckFrame(1, 1000, 1, 0), 20);
        var ticket = _a.Outbox.Add(TestNode.Host);
        _a.Core.Tick(Start + 100);
        _a.Take();
        Assert.True(_a.Complete < ticket);
        _a.Core.Receive(Start + 150, link, new AckFrame(1, ticket, 1, 0), 20);
        _a.Take();
        Assert.Equal(ticket, _a.Complete);
    }

    [Fact]
    public void A_batch_of_an_origin_that_never_had_a_link_shuts_the_barrier_for_a_few_seconds_only()
    {
        var detour = _a.LinkTo(_c, Start);
        var now = Start + 5_000;
        _a.Core.Receive(now, detour, new CredentialFrame(_b.Member.Certificate), 200);
        _a.Core.Receive(now, detour, new DeliveryFrame(_b.Batch(1, 1, 4, now), Repair: false, Age: 0), 200);
        _a.Take();
        Assert.Single(_a.Applied);
        Assert.InRange(CompletesAfter(detour, now), 1000, 4000);
    }

    // Milliseconds until a new attempt's batch is complete, while one neighbour acknowledges everything at once.
    private long CompletesAfter(LinkId neighbour, long start)
    {
        var ticket = _a.Outbox.Add(TestNode.Host);
        var now = start;
        while (_a.Complete < ticket && now < start + 200_000)
        {
            now += 100;
            _a.Core.Tick(now);
            _a.Core.Receive(now, neighbour, new AckFrame(1, ticket, 1, 0), 20);
            _a.Take();
        }

        return now - start;
    }
}
