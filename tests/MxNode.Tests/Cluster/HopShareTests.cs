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
        Assert.Null(_share.AskForMore(share: 2));
        Note(wanted: 3);
        Assert.Equal(5, _share.AskForMore(share: 2));
        Assert.Null(_share.AskForMore(share: 2)); // the answer is awaited
        Assert.Null(_share.Ask());
        _share.Answered(asked: 5, lease: 5, at: 1);

        Note(wanted: 9);
        Assert.Equal(11, _share.AskForMore(share: 5));
        _share.Answered(asked: 11, lease: 6, at: 2);
        Note(wanted: 20);
        Assert.Null(_share.AskForMore(share: 6)); // the next period asks

        Assert.Equal(22, _share.Ask());
        _share.Answered(asked: 22, lease: null, at: 3);
        Assert.Null(_share.AskForMore(share: 6)); // no answer came, so the next period asks again
        Assert.Equal((6, 2L), (_share.Lease, _share.LeasedAt));
        Assert.Equal(22, _share.Ask());
        _share.Answered(asked: 22, lease: 22, at: 4);
        Note(wanted: 23);
        Assert.Equal(25, _share.AskForMore(share: 22));
    }

    // Another node may have it before the answer is here.
    [Fact]
    public void A_node_gives_back_what_it_does_not_ask_for_before_it_asks()
    {
        Note(wanted: 8);
        _share.Answered(_share.Ask()!.Value, lease: 10, at: 1);
        Note(wanted: 1);
        _share.BeginPeriod();
        _share.BeginPeriod();
        Assert.Equal(3, _share.Ask());
        Assert.Equal(3, _share.Lease);
        _share.Answered(asked: 3, lease: null, at: 2);

        Note(wanted: 0);
        _share.BeginPeriod();
        _share.BeginPeriod();
        Assert.Equal(0, _share.Ask());
        Assert.Equal(0, _share.Lease);
    }

    private void Note(int wanted) => _share.Note(inUse: 0, wanted, now: 0);
}
