using ThrottleNet.Stress.Chaos;

namespace ThrottleNet.Real.Tests.Load;

/// <summary>A chaos run finds lost messages, and the cause of each double.</summary>
public sealed class DeliveriesTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(10);
    private static readonly ChaosRoutes Routes = new(Scripted: 3, HasPostfix: true);
    private readonly MessageBook _book = new(100, TimeProvider.System);

    [Fact]
    public void A_message_that_was_acknowledged_and_did_not_arrive_is_lost()
    {
        _book.Acknowledge(7, node: 0);

        var deliveries = Compare([], []);

        Assert.Single(deliveries.Lost);
    }

    [Fact]
    public void A_message_that_arrived_and_was_acknowledged_in_that_attempt_is_right()
    {
        _book.Acknowledge(7, node: 0);

        var deliveries = Compare([Arrived(7, 1)], []);

        Assert.Empty(deliveries.Lost);
        Assert.Empty(deliveries.Doubled);
        Assert.Equal(1, deliveries.Delivered);
    }

    [Theory]
    [InlineData(FaultKind.NodeKilled, 1, DoubleCause.NodeKilled)]
    [InlineData(FaultKind.NodeStopped, 1, DoubleCause.NodeStopped)]
    [InlineData(FaultKind.HopKilled, 2, DoubleCause.HopLost)]
    [InlineData(FaultKind.HopCut, 2, DoubleCause.HopLost)]
    [InlineData(FaultKind.NodeKilled, 0, DoubleCause.Unexplained)]
    [InlineData(FaultKind.HopKilled, 0, DoubleCause.Unexplained)]
    [InlineData(FaultKind.NodePaused, 1, DoubleCause.Unexplained)]
    [InlineData(FaultKind.DiskFilled, 1, DoubleCause.Unexplained)]
    public void A_double_has_the_fault_at_its_own_node_or_next_hop_as_its_cause(object fault, int target, object cause)
    {
        var doubled = Double([new Fault((FaultKind)fault, target, Moment, Moment + TimeSpan.FromSeconds(1))], isCut: false);

        Assert.Equal([new((DoubleCause)cause, 1)], doubled);
    }

    [Fact]
    public void A_fault_at_another_time_is_no_cause() =>
        Assert.Equal([new(DoubleCause.Unexplained, 1)], Double([new Fault(FaultKind.NodeKilled, 1, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(21))], isCut: false));

    [Fact]
    public void A_double_after_a_cut_by_the_sender_is_explained() => Assert.Equal([new(DoubleCause.ConnectionCut, 1)], Double([], isCut: true));

    [Fact]
    public void Two_deliveries_of_one_attempt_are_unexplained()
    {
        _book.Acknowledge(7, node: 0);

        var deliveries = Compare([Arrived(7, 1), Arrived(7, 1)], [new Fault(FaultKind.NodeKilled, 0, TimeSpan.Zero, Moment)]);

        Assert.Equal([new(DoubleCause.Unexplained, 1)], deliveries.Doubled);
    }

    [Theory]
    [InlineData(FaultKind.NodeKilled, 1, DoubleCause.NodeKilled)] // before the spool had noted the delivery
    [InlineData(FaultKind.HopKilled, 2, DoubleCause.HopLost)] // before its answer came
    [InlineData(FaultKind.HopCut, 2, DoubleCause.HopLost)]
    [InlineData(FaultKind.NodeKilled, 0, DoubleCause.Unexplained)]
    [InlineData(FaultKind.HopKilled, 1, DoubleCause.Unexplained)]
    [InlineData(FaultKind.NodeStopped, 1, DoubleCause.Unexplained)]
    [InlineData(FaultKind.DiskFilled, 1, DoubleCause.Unexplained)]
    public void Two_deliveries_of_a_spooled_message_need_a_fault_right_after_the_first(object fault, int target, object cause)
    {
        const int Spooled = 20;
        Assert.True(Routes.IsSpooled(Spooled) && Routes.HopOf(Spooled) == 2);
        _book.Acknowledge(Spooled, node: 1);
        List<Arrival> twice = [Arrived(Spooled, 1, Moment), Arrived(Spooled, 1, Moment + TimeSpan.FromMinutes(1))];

        var raced = Compare(twice, [new Fault((FaultKind)fault, target, Moment + TimeSpan.FromSeconds(1), Moment + TimeSpan.FromSeconds(2))]);
        var late = Compare(twice, [new Fault((FaultKind)fault, target, Moment + TimeSpan.FromSeconds(9), Moment + TimeSpan.FromSeconds(10))]);

        Assert.Equal([new((DoubleCause)cause, 1)], raced.Doubled);
        Assert.Equal([new(DoubleCause.Unexplained, 1)], late.Doubled);
    }

    [Fact]
    public void A_next_hop_that_was_killed_after_it_took_a_message_may_deliver_it_after_its_restart()
    {
        const int Spooled = 20;
        _book.Acknowledge(Spooled, node: 1);
        var taken = Arrived(Spooled, 1, Moment);
        var delivered = Arrived(Spooled, 1, Moment + TimeSpan.FromSeconds(5)) with { TakenAt = taken.At };
        var kill = new Fault(FaultKind.HopKilled, 2, Moment + TimeSpan.FromSeconds(1), Moment + TimeSpan.FromSeconds(2));
        var again = Arrived(Spooled, 1, Moment + TimeSpan.FromMinutes(1));

        Assert.Equal([new(DoubleCause.HopLost, 1)], Compare([delivered, again], [kill]).Doubled);
        Assert.Equal([new(DoubleCause.Unexplained, 1)], Compare([delivered with { TakenAt = delivered.At }, again], [kill]).Doubled);
    }

    [Fact]
    public void A_spool_on_a_full_disk_notes_its_deliveries_when_there_is_room()
    {
        const int Spooled = 20;
        _book.Acknowledge(Spooled, node: 1);

        var deliveries = Compare(
            [Arrived(Spooled, 1, Moment), Arrived(Spooled, 1, Moment + TimeSpan.FromMinutes(1))],
            [new Fault(FaultKind.DiskFilled, 1, Moment, Moment + TimeSpan.FromSeconds(8)), new Fault(FaultKind.NodeKilled, 1, Moment + TimeSpan.FromSeconds(9), Moment + TimeSpan.FromSeconds(11))]);

        Assert.Equal([new(DoubleCause.NodeKilled, 1)], deliveries.Doubled);
    }

    [Theory]
    [InlineData(FaultKind.NodePaused, 1, FaultKind.NodePaused, 1, DoubleCause.NodeKilled)]
    [InlineData(FaultKind.DiskFilled, 1, FaultKind.NodePaused, 1, DoubleCause.NodeKilled)]
    [InlineData(FaultKind.HopPaused, 2, FaultKind.DiskFilled, 1, DoubleCause.NodeKilled)] // the spool waits for the next hop's answer
    [InlineData(FaultKind.DiskFilled, 1, FaultKind.HopPaused, 1, DoubleCause.Unexplained)] // another next hop
    [InlineData(FaultKind.DiskFilled, 2, FaultKind.NodePaused, 2, DoubleCause.Unexplained)] // another node
    public void A_spool_notes_its_deliveries_when_nothing_keeps_it_from_that(object first, int at, object second, int then, object cause)
    {
        const int Spooled = 20;
        _book.Acknowledge(Spooled, node: 1);

        var deliveries = Compare(
            [Arrived(Spooled, 1, Moment), Arrived(Spooled, 1, Moment + TimeSpan.FromMinutes(1))],
            [
                new Fault((FaultKind)first, at, Moment, Moment + TimeSpan.FromSeconds(4)),
                new Fault((FaultKind)second, then, Moment + TimeSpan.FromSeconds(5), Moment + TimeSpan.FromSeconds(9)),
                new Fault(FaultKind.NodeKilled, 1, Moment + TimeSpan.FromSeconds(10), Moment + TimeSpan.FromSeconds(12)),
            ]);

        Assert.Equal([new((DoubleCause)cause, 1)], deliveries.Doubled);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    public void A_text_shows_its_message_and_whether_it_is_whole(int number)
    {
        // What arrives has no dot-stuffing, and fields before it.
        var sent = System.Text.Encoding.ASCII.GetString(TaggedText.Write(number, 3)).Replace("\r\n..", "\r\n.", StringComparison.Ordinal);
        var arrived = System.Text.Encoding.ASCII.GetBytes("Received: from x\r\n" + sent);

        Assert.Equal((number, 3, true), TaggedText.Read(arrived));
        Assert.Equal((number, 3, false), TaggedText.Read(arrived.AsSpan(0, arrived.Length - 1)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_plan_with_each_kind_of_fault()
    {
        var options = new ChaosOptions(TimeSpan.FromSeconds(90), 1, Seed: 5);

        var plan = ChaosPlan.Make(options, nodes: 3, hops: 3);

        Assert.Equal(plan, ChaosPlan.Make(options, nodes: 3, hops: 3));
        Assert.Equal(Enum.GetValues<FaultKind>(), plan.Select(f => f.Kind).Distinct().Order());
    }

    private Deliveries Compare(IEnumerable<Arrival> arrivals, IReadOnlyCollection<Fault> faults) => Deliveries.Compare(_book, Routes, 100, arrivals, faults);

    private Arrival Arrived(int number, int attempt, TimeSpan at = default) => new(number, attempt, IsWhole: true, (long)(at - _book.Since(0)).TotalMilliseconds);

    // A message whose first attempt through node 1 to next hop 2 got no answer and was delivered, and whose second one was acknowledged.
    private IReadOnlyDictionary<DoubleCause, int> Double(IReadOnlyCollection<Fault> faults, bool isCut)
    {
        _book.Retry(8, TimeSpan.Zero, new DoubtfulAttempt(8, 1, Node: 1, Hop: 2, Moment, Moment + TimeSpan.FromSeconds(1), isCut, Answer: ""));
        _book.Acknowledge(8, node: 0);
        return Compare([Arrived(8, 1), Arrived(8, 2)], faults).Doubled;
    }
}
