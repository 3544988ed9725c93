using ThrottleNet.MxNode.Cluster;

namespace ThrottleNet.MxNode.Tests.Cluster;

public sealed class HopLeaseBookTests
{
    private const int Most = 20;
    private const int Renewal = 1000;

    private readonly HopLeaseBook _book = new(0);
    private long _now = HopLeaseBook.Validity;

    [Fact]
    public void A_single_node_gets_what_it_wants_up_to_the_most()
    {
        Assert.Equal(7, Lease("a", wanted: 7));
        Assert.Equal(Most, Lease("a", wanted: 100));
    }

    [Fact]
    public void Nodes_that_want_more_than_there_is_end_with_equal_parts()
    {
        Assert.Equal(Most, Lease("a", 50));
        Assert.Equal(0, Lease("b", 50));
        Assert.Equal(Most / 2, Lease("a", 50, inUse: 8));
        Assert.Equal(Most / 2, Lease("b", 50));
    }

    [Fact]
    public void What_one_node_does_not_want_goes_to_the_others()
    {
        Lease("a", 4);
        Lease("b", 50);
        Assert.Equal(4, Lease("a", 4));
        Assert.Equal(Most - 4, Lease("b", 50));
    }

    [Fact]
    public void A_node_that_does_not_renew_loses_its_lease()
    {
        Assert.Equal(Most, Lease("a", Most));
        _now += HopLeaseBook.Validity;
        Assert.Equal(Most, Lease("b", Most));
    }

    [Fact]
    public void A_new_book_gives_equal_parts_until_all_nodes_have_renewed()
    {
        _now = Renewal;
        Assert.Equal(Most / 2, Lease("a", 50));
        Assert.Equal(Most / 2, Lease("b", 50));
        Assert.Equal(0, Lease("c", 50)); // of a node that no membership names yet
    }

    [Fact]
    public void Nodes_that_keep_to_their_leases_never_have_more_than_the_most()
    {
        var random = new Random(1);
        var inUse = new int[5];
        for (var step = 0; step < 20_000; step++)
        {
            var node = random.Next(inUse.Length);
            _now += random.Next(200);
            var wanted = random.Next(30);
            var lease = _book.Lease($"n{node}", wanted, inUse[node], Most, inUse.Length, _now);
            inUse[node] = Math.Max(Math.Min(inUse[node], wanted), Math.Min(lease, wanted)); // sessions end by themselves; new ones begin within the lease
            for (var other = 0; other < inUse.Length; other++)
            {
                _book.Lease($"n{other}", Math.Max(1, inUse[other]), inUse[other], Most, inUse.Length, _now); // the renewal of each second
            }

            Assert.InRange(inUse.Sum(), 0, Most);
        }
    }

    private int Lease(string node, int wanted, int inUse = 0) => _book.Lease(node, wanted, inUse, Most, nodes: 2, _now);
}
