using Grpc.Core;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class LinkPlacesTests
{
    [Fact]
    public void Each_node_has_a_few_places_and_an_ended_call_frees_one()
    {
        var places = new LinkPlaces();
        OriginId one = new(1, 1), other = new(2, 2);
        for (var i = 0; i < LinkPlaces.Each; i++)
        {
            Assert.True(places.TryTake(one));
        }

        Assert.False(places.TryTake(one));
        Assert.True(places.TryTake(other));
        places.Leave(one);
        Assert.True(places.TryTake(one));
        Assert.False(places.TryTake(one));
    }

    [Fact]
    public void All_nodes_together_have_a_bounded_number()
    {
        var places = new LinkPlaces();
        for (var i = 0; i < LinkPlaces.InAll; i++)
        {
            Assert.True(places.TryTake(new OriginId(0, (ulong)i)));
        }

        Assert.False(places.TryTake(new OriginId(1, 0)));
        places.Leave(new OriginId(0, 3));
        Assert.True(places.TryTake(new OriginId(1, 0)));
    }

    [Fact]
    public async Task A_node_refuses_a_peer_that_opens_link_after_link()
    {
        using var network = new NodeNetwork();
        var clock = new FakeTimeProvider(); // does not advance, so no Hello is late
        clock.Advance(TimeProvider.System.GetUtcNow() - clock.GetUtcNow());
        await using var node = await network.StartAsync("a", [], null, time: clock);
        var peer = network.Pki.Issue("b", "operator-b");
        var links = new List<PuppetLink>();
        for (var i = 0; i < LinkPlaces.Each; i++)
        {
            links.Add(await PuppetLink.OpenAsync(node, peer));
        }

        var refused = await Assert.ThrowsAsync<RpcException>(() => PuppetLink.OpenAsync(node, peer));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        await node.Log.LineAsync(4012, "b of operator-b refused: too many of its links are open");
        foreach (var link in links)
        {
            await link.DisposeAsync();
        }
    }
}
