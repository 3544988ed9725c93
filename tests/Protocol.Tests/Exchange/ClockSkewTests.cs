using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>Clocks that are hours off: what is counted, what is reported, and how counts flow again when a clock was set.</summary>
public sealed class ClockSkewTests : IDisposable
{
    private const long Start = 1_767_225_600_000;
    private const long TwoHours = 2 * 60 * 60 * 1000;

    private readonly TestNode _node = new("node");
    private readonly TestNode _origin = new("origin");
    private readonly LinkId _link;
    private ulong _seq;

    public ClockSkewTests() => _link = _node.LinkTo(_origin, Start);

    public void Dispose()
    {
        _node.Dispose();
        _origin.Dispose();
    }

    [Fact]
    public void A_peer_two_hours_behind_is_reported_and_not_counted()
    {
        Receive(Start, Start - TwoHours);
        Assert.Empty(_node.Applied);
        Assert.Equal(("02:00:00 behind", _origin.Member.Origin), Differs.Select(f => (f.Detail, f.About)).Single());
        Assert.Equal(-TwoHours, Skew);
    }

    [Fact]
    public void A_peer_two_hours_ahead_is_reported_and_counted_as_now()
    {
        Receive(Start, Start + TwoHours);
        Assert.Equal(Start, _node.Applied.Single().Time);
        Assert.Equal("02:00:00 ahead of", Differs.Single().Detail);
        Assert.Equal(TwoHours, Skew);
    }

    [Theory]
    [InlineData(-TwoHours)]
    [InlineData(TwoHours)]
    public void When_the_peer_sets_its_clock_its_counts_flow_at_once(long ahead)
    {
        Receive(Start, Start + ahead);
        Receive(Start + 1000, Start + 1000);
        Assert.InRange(_node.Applied.Last().Time, Start + 1000 - 60_000, Start + 1000);
        Assert.Single(Differs);
        Assert.Equal(0, Skew);
        Receive(Start + 2000, Start + 2000);
        Assert.Equal(Start + 2000, _node.Applied.Last().Time); // two batches show that the clock was set, even set back
    }

    [Theory]
    [InlineData(-TwoHours)]
    [InlineData(TwoHours)]
    public void When_this_node_sets_its_clock_its_peers_counts_flow_at_once(long step)
    {
        _node.Core.ClockOffset = -step; // wrong by so much, until it is set
        Receive(Start, Start);
        Assert.Equal(step, Skew);
        _node.Core.ClockOffset = 0;
        Assert.Null(Skew);
        Receive(Start + 1000, Start + 1000);
        Assert.Equal(Start + 1000, _node.Applied.Last().Time);
        Assert.Equal(0, Skew);
    }

    [Fact]
    public void Batches_carry_the_time_of_day_and_steady_time_stays_inside()
    {
        _node.Core.ClockOffset = TwoHours;
        _node.Outbox.Add(TestNode.Host);
        _node.Core.Tick(Start);
        _node.Take();
        Assert.Equal(Start + TwoHours, _node.Sent.OfType<DeliveryFrame>().Single().Batch.Time);
        Receive(Start + 100, Start + 100 + TwoHours);
        Assert.Equal(Start + 100, _node.Applied.Single().Time);
    }

    [Fact]
    public void A_certificate_expires_by_the_time_of_day()
    {
        using var brief = new TestNode("brief", validUntil: Start + 60_000);
        _node.LinkTo(brief, Start);
        _node.Core.ClockOffset = TwoHours;
        _node.Core.Tick(Start + 1000);
        _node.Take();
        Assert.Equal(GoodbyeReason.Certificate, _node.Done.OfType<DropLink>().Single().Reason);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(0)]
    public void A_time_beyond_all_reason_is_reported_like_any_other(long time)
    {
        Receive(Start, time);
        Assert.Single(Differs);
        Assert.InRange(Math.Abs(Skew!.Value), TwoHours, 200L * 365 * 24 * 3600 * 1000);
    }

    [Fact]
    public void A_late_batch_is_no_wrong_clock()
    {
        Receive(Start, Start);
        Receive(Start + 300_000, Start + 1000);
        Assert.Empty(Differs);
        Assert.Equal(0, Skew);
    }

    private IEnumerable<Fact> Differs => _node.Done.OfType<Fact>().Where(f => f.Kind == ExchangeFact.ClockDiffers);

    private long? Skew => _node.Core.Neighbours.Single().Skew;

    private void Receive(long now, long time)
    {
        _node.Core.Receive(now, _link, new DeliveryFrame(_origin.Batch(1, ++_seq, 4, time), Repair: false, 0), 200);
        _node.Take();
    }
}
