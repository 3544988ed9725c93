using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>The age of a late batch is an unsigned claim of the neighbour. It does not change the estimate of any origin's clock.</summary>
public sealed class KeptTimeTests : IDisposable
{
    private const long Start = 1_767_225_600_000;
    private const int Slow = 5000;

    private readonly TestNode _node = new("node");
    private readonly TestNode _neighbour = new("neighbour");
    private readonly TestNode _origin = new("origin");
    private readonly LinkId _link;
    private ulong _seq;

    public KeptTimeTests()
    {
        _link = _node.LinkTo(_neighbour, Start);
        _node.Core.Receive(Start, _link, new CredentialFrame(_origin.Member.Certificate), 600);
    }

    public void Dispose()
    {
        _node.Dispose();
        _neighbour.Dispose();
        _origin.Dispose();
    }

    [Theory]
    [InlineData(0u, true)]
    [InlineData(60_000u, true)]
    [InlineData(60_000u, false)]
    [InlineData(uint.MaxValue, true)]
    [InlineData(uint.MaxValue, false)]
    public void Once_an_origins_clock_is_known_a_false_age_changes_the_time_of_no_batch(uint age, bool repair)
    {
        Assert.Equal(Start, Counted(Start));
        for (var now = Start + 1000; now < Start + 1_800_000; now += 60_000)
        {
            Assert.Equal(now, Counted(now, age, repair)); // published at this time by this node's clock, for any age that the neighbour claims
            Assert.Equal(now + 1000, Counted(now + 1000));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_late_batch_does_not_set_the_offset_of_an_unknown_clock(bool repair)
    {
        Assert.Equal(Start - 60_000, Counted(Start, 60_000, repair)); // the neighbour's age is used
        Assert.Equal(Start, Counted(Start));
        Assert.Equal(Start + 1000, Counted(Start + 1000));
    }

    [Fact]
    public void A_batch_that_was_kept_counts_from_the_time_it_was_published()
    {
        Counted(Start);
        Assert.Equal(Start + 1000, Counted(Start + 1000, 30_000, repair: true, Start + 31_000));
    }

    // The time from which the node counts a batch. The origin, whose clock is slow, published it at the given time of this node's clock.
    private long Counted(long published, uint age = 0, bool repair = false, long? arrival = null)
    {
        var batch = _origin.Batch(1, ++_seq, 4, published - Slow);
        _node.Core.Receive(arrival ?? published, _link, new DeliveryFrame(batch, repair, age), 200);
        _node.Take();
        return _node.Applied.Single(a => a.Key == batch.Key).Time;
    }
}
