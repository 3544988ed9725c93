using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

public sealed class ViewTests : IDisposable
{
    private const long Start = 1_767_225_600_000;

    private readonly TestNode _a = new("a");
    private readonly TestNode _b = new("b");

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    [Fact]
    public void A_configured_peer_that_fails_is_retried_for_ever_with_back_off()
    {
        _a.Core.Know(Start, ["seed.test:7000"]);
        var tries = new List<long>();
        for (var now = Start; now < Start + 3_600_000; now += 1000)
        {
            _a.Core.Tick(now);
            foreach (var connect in _a.Take().OfType<Connect>())
            {
                Assert.Equal("seed.test:7000", connect.Address);
                tries.Add(now);
                _a.Core.ConnectFailed(now, connect.Address);
            }
        }

        Assert.InRange(tries.Count, 40, 130);
        Assert.True(tries[1] - tries[0] < 5000);
        Assert.InRange(tries[^1] - tries[^2], 30_000, 95_000);
    }

    [Fact]
    public void A_peer_that_refuses_is_retried_with_back_off()
    {
        _a.Core.Know(Start, ["b.test:7000"]);
        var tries = 0;
        for (var now = Start; now < Start + 600_000; now += 1000)
        {
            _a.Core.Tick(now);
            foreach (var connect in _a.Take().OfType<Connect>())
            {
                var link = new LinkId(10_000 + tries++);
                _a.Core.LinkUp(now, link, _b.Member, connect.Address);
                _a.Core.Receive(now, link, new GoodbyeFrame(GoodbyeReason.WrongNetwork), 10);
            }
        }

        Assert.InRange(tries, 5, 30);
    }

    [Fact]
    public void An_address_of_the_node_itself_is_tried_once()
    {
        _a.Core.Know(Start, ["alias.test:7000"]);
        var tries = 0;
        for (var now = Start; now < Start + 120_000; now += 1000)
        {
            _a.Core.Tick(now);
            foreach (var connect in _a.Take().OfType<Connect>())
                _a.Core.LinkUp(now, new LinkId(20_000 + tries++), _a.Member, connect.Address);
        }

        Assert.Equal(1, tries);
    }

    [Fact]
    public void Nodes_get_each_others_contacts_from_a_common_neighbour()
    {
        using var c = new TestNode("c");
        TestNode.Link(_a, c, Start);
        TestNode.Link(_b, c, Start);
        TestNode.Pass(Start, 20_000, _a, _b, c);
        Assert.Contains(new Connect("b.test:7000"), _a.Done);
        Assert.Contains(new Connect("a.test:7000"), _b.Done);
    }

    [Fact]
    public void Invented_contacts_neither_displace_the_configured_peer_nor_cause_many_connections()
    {
        _a.Core.Know(Start, ["seed.test:7000"]);
        var link = _a.LinkTo(_b, Start);
        for (var i = 0; i < 1000; i++)
        {
            var contacts = Enumerable.Range(0, 32).Select(j => new Contact($"x{i}-{j}.test:1", new OriginId((ulong)i, (ulong)j)));
            _a.Core.Receive(Start, link, new ShuffleFrame([.. contacts], Answer: true), 1500);
        }

        var connects = new List<Connect>();
        for (var now = Start; now < Start + 10_000; now += 1000)
        {
            _a.Core.Tick(now);
            connects.AddRange(_a.Take().OfType<Connect>());
        }

        Assert.True(_a.Core.IsMesh); // contacts that were never linked do not make the network large
        Assert.True(connects.Count <= 4 * 10, $"{connects.Count}");
        var tried = false;
        for (var now = Start + 10_000; now < Start + 7_200_000 && !tried; now += 1000)
        {
            _a.Core.Receive(now, link, new AckFrame(0, 0, 1, 0), 10);
            _a.Core.Tick(now);
            foreach (var connect in _a.Take().OfType<Connect>())
            {
                tried |= connect.Address == "seed.test:7000";
                _a.Core.ConnectFailed(now, connect.Address);
            }
        }

        Assert.True(tried || connects.Contains(new Connect("seed.test:7000")));
    }

    [Fact]
    public void Invented_contacts_are_not_passed_on_and_displace_no_linked_node()
    {
        using var c = new TestNode("c");
        TestNode.Link(_a, c, Start);
        var link = _a.LinkTo(_b, Start);
        for (var i = 0; i < 100; i++)
        {
            var contacts = Enumerable.Range(0, 32).Select(j => new Contact($"x{i}-{j}.test:1", new OriginId((ulong)i, (ulong)j)));
            _a.Core.Receive(Start, link, new ShuffleFrame([.. contacts], Answer: true), 1500);
        }

        _a.Done.Clear();
        _a.Core.Receive(Start, link, new ShuffleFrame([], Answer: false), 10);
        _a.Take();
        var passedOn = Assert.Single(_a.Sent.OfType<ShuffleFrame>()).Contacts;
        Assert.Equal(["a.test:7000", "c.test:7000"], passedOn.Select(t => t.Address).Order());
    }

    [Fact]
    public void A_network_is_large_when_more_nodes_were_linked_than_a_mesh_has()
    {
        var others = Enumerable.Range(0, 4).Select(i => new TestNode($"node{i}")).ToList();
        using var small = new TestNode("small", change: s => s with { MeshLimit = 4 });
        foreach (var (i, other) in others.Index())
        {
            small.Core.Tick(Start + (1000 * i));
            Assert.True(small.Core.IsMesh);
            small.LinkTo(other, Start + (1000 * i), other.Hello() with { Address = $"node{i}.test:7000" });
        }

        small.Core.Tick(Start + 4000);
        Assert.False(small.Core.IsMesh);
        others.ForEach(o => o.Dispose());
    }

    [Fact]
    public void A_node_with_many_addresses_counts_once()
    {
        using var small = new TestNode("small", change: s => s with { MeshLimit = 4 });
        for (var i = 0; i < 20; i++)
        {
            var link = small.LinkTo(_b, Start + i, _b.Hello() with { Address = $"name{i}.test:7000" });
            small.Core.LinkDown(Start + i, link);
        }

        small.Core.Tick(Start + 1000);
        Assert.True(small.Core.IsMesh);
    }
}
