using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>Which transaction has a place for a session, where no next hop is needed to see it.</summary>
public sealed class HopPlacesTests
{
    // Nothing is in use at this node, so no session that ends would let the others in.
    [Fact]
    public async Task Transactions_that_wait_for_a_share_in_a_cluster_go_on_when_the_node_gets_one()
    {
        var shares = new Shares();
        await using var pool = new NextHopPool(new Live<RelayOptions>(new RelayOptions()), new FakeTimeProvider(), shares);
        var hop = new IPEndPoint(IPAddress.Loopback, 25);
        var first = pool.EnterAsync(hop, RelayRig.Alice, isComplete: false, default).AsTask();
        var second = pool.EnterAsync(hop, RelayRig.Alice with { IsTrusted = true }, isComplete: false, default).AsTask();
        shares.Renew(hop, 0);
        Assert.Equal((0, 2), shares.Last);

        shares.Renew(hop, 2);
        var places = new[] { await first.WaitAsync(TimeSpan.FromSeconds(60)), await second.WaitAsync(TimeSpan.FromSeconds(60)) };
        Assert.Equal((2, 2), shares.Last);

        foreach (var place in places)
        {
            pool.Leave(place!);
        }

        shares.Renew(hop, 2);
        Assert.Equal((0, 0), shares.Last); // so that other nodes get what this one does not use
    }

    [Fact]
    public void A_node_wants_the_places_for_trusted_clients_alone_as_well()
    {
        var shares = new Shares();
        var hop = new IPEndPoint(IPAddress.Loopback, 25);
        var places = new HopPlaces(hop, 20, shares);
        var waiters = Enumerable.Range(0, 4).Select(_ => new HopWaiter(new(hop, IpBlock.Of(RelayRig.Alice.Address), IsTrusted: false))).ToList();
        waiters.ForEach(w => places.Wait(w, first: false, TimeSpan.Zero));
        Assert.Equal((0, 5), shares.Last);
        shares.Renew(hop, 5);
        places.Admit(TimeSpan.Zero);
        Assert.Equal((4, 5), shares.Last);
        Assert.False(places.HasWaiters);
    }

    // Otherwise a node that the next hop refuses leases what other nodes could use.
    [Fact]
    public void A_node_wants_no_more_places_than_the_next_hop_takes_from_it()
    {
        var shares = new Shares();
        var hop = new IPEndPoint(IPAddress.Loopback, 25);
        var places = new HopPlaces(hop, 20, shares);
        shares.Renew(hop, 20);
        HopPlace Place() => new(hop, IpBlock.Of(RelayRig.Alice.Address), IsTrusted: true);
        Assert.All(Enumerable.Range(0, 6), _ => Assert.True(places.TryTake(Place(), TimeSpan.Zero)));
        Assert.True(places.Lower(TimeSpan.Zero));
        places.Leave(Place(), TimeSpan.Zero);
        for (var waiting = 0; waiting < 20; waiting++)
        {
            places.Wait(new HopWaiter(Place()), first: false, TimeSpan.Zero);
        }

        Assert.Equal((5, 5), shares.Last);
        places.Admit(TimeSpan.FromMinutes(1));
        Assert.Equal((10, 10), shares.Last);
        places.Admit(TimeSpan.FromMinutes(2));
        Assert.Equal((20, 20), shares.Last);
    }

    // Otherwise another node of the cluster waits for the place until this node's client goes on.
    [Fact]
    public void A_parked_session_that_is_one_more_than_the_share_is_given_up()
    {
        var shares = new Shares();
        var hop = new IPEndPoint(IPAddress.Loopback, 25);
        var clock = new FakeTimeProvider();
        var places = new HopPlaces(hop, 20, shares);
        shares.Renew(hop, 2);
        var parked = new HopPlace(hop, IpBlock.Of(RelayRig.Alice.Address), IsTrusted: false);
        Assert.True(places.TryTake(parked, TimeSpan.Zero));
        Assert.True(places.TryTake(new(hop, IpBlock.Of(RelayRig.Alice.Address), IsTrusted: true), TimeSpan.Zero));
        places.Park(new ParkedSession(null!, parked, clock.GetTimestamp()));
        Assert.Null(places.Reclaim(TimeSpan.Zero, clock));

        shares.Renew(hop, 1);
        Assert.Same(parked, places.Reclaim(TimeSpan.Zero, clock)!.Place);
    }

    // A timer that is due at once would fire again and again.
    [Fact]
    public void Nothing_is_due_for_a_waiting_transaction_that_could_not_have_the_place_of_a_parked_session()
    {
        const int most = 4; // of which one is for trusted clients alone
        var hop = new IPEndPoint(IPAddress.Loopback, 25);
        var clock = new FakeTimeProvider();
        var places = new HopPlaces(hop, most, shares: null);
        HopPlace Place(bool trusted) => new(hop, IpBlock.Of(RelayRig.Alice.Address), trusted);
        var parked = Place(trusted: true);
        Assert.All(Enumerable.Repeat(Place(trusted: false), most - 1).Append(parked), p => Assert.True(places.TryTake(p, TimeSpan.Zero)));
        places.Park(new ParkedSession(null!, parked, clock.GetTimestamp()));
        places.Wait(new HopWaiter(Place(trusted: false)), first: false, TimeSpan.Zero);
        clock.Advance(HopPlaces.TrustedParkTime);

        Assert.Null(places.NextReclaim(TimeSpan.Zero, clock));
        places.Wait(new HopWaiter(Place(trusted: true)), first: false, TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, places.NextReclaim(TimeSpan.Zero, clock));
    }

    private sealed class Shares : IHopShares
    {
        private int _share;

        public event Action<IPEndPoint>? Renewed;

        /// <summary>Sessions in use and the share that would do, as they were last reported.</summary>
        public (int InUse, int Wanted) Last { get; private set; }

        public int Of(IPEndPoint endPoint) => _share;

        public void Report(IPEndPoint endPoint, int inUse, int wanted) => Last = (inUse, wanted);

        public void Renew(IPEndPoint endPoint, int share)
        {
            _share = share;
            Renewed?.Invoke(endPoint);
        }
    }
}
