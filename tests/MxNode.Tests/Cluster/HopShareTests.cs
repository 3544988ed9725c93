using ThrottleNet.MxNode.Cluster;

namespace ThrottleNet.MxNode.Tests.Cluster;

public sealed class HopShareTests
{
    private readonly HopShare _share = new();

    [Fact]
    public void The_most_that_was_wanted_counts_for_this_period_and_the_next()
    {
        Note(wanted: 8);
        Note(wanted: 1);
        Assert.Equal(8, _share.Peak);
        _share.BeginPeriod();
        Assert.Equal(8, _share.Peak);
        _share.BeginPeriod();
        Assert.Equal(1, _share.Peak);
        Note(wanted: 0);
        _share.BeginPeriod();
        _share.BeginPeriod();
        Assert.Equal(0, _share.Peak);
    }

    [Fact]
    public void A_node_whose_transactions_wait_asks_at_once_until_the_cluster_has_no_more()
    {
        Note(wanted: 2);
        Assert.False(_share.TryAsk(share: 2));
        Note(wanted: 3);
        Assert.True(_share.TryAsk(share: 2));
        Assert.False(_share.TryAsk(share: 2)); // the answer is awaited
        _share.Answered(asked: 5, lease: 5, at: 1);

        Note(wanted: 9);
        Assert.True(_share.TryAsk(share: 5));
        _share.Answered(asked: 11, lease: 6, at: 2);
        Note(wanted: 20);
        Assert.False(_share.TryAsk(share: 6)); // the next period asks

        _share.Answered(asked: 22, lease: 22, at: 3);
        Note(wanted: 23);
        Assert.True(_share.TryAsk(share: 22));
    }

    [Fact]
    public void An_answer_that_comes_late_does_not_replace_a_newer_one()
    {
        _share.Answered(asked: 5, lease: 5, at: 2);
        _share.Answered(asked: 2, lease: 2, at: 1);
        Assert.Equal((5, 2L), (_share.Lease, _share.LeasedAt));
    }

    private void Note(int wanted) => _share.Note(inUse: 0, wanted, now: 0);
}
