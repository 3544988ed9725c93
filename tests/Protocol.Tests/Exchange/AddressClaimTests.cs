using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>The address that a peer claims in its hello is a hint. A false claim does not keep a node from calling that address.</summary>
public sealed class AddressClaimTests : IDisposable
{
    private const long Start = 1_767_225_600_000;
    private const string Address = "b.test:7000";

    private readonly TestNode _a = new("a");
    private readonly TestNode _b = new("b");
    private readonly TestNode _liar = new("liar");
    private readonly List<string> _calls = [];
    private long _now = Start;
    private long _links = 30_000;

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _liar.Dispose();
    }

    [Fact]
    public void A_configured_peer_is_called_although_a_liar_claims_its_address()
    {
        _a.Core.Know(_now, [Address]);
        Claim(_liar);
        Pass(5, _ => _b);
        Assert.Equal([Address], _calls);
        Assert.NotNull(LinkWith(_b));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_peer_from_a_contact_is_called_although_a_liar_claims_its_address(bool liarFirst)
    {
        using var c = new TestNode("c");
        if (liarFirst)
            Claim(_liar);
        _a.Core.Receive(_now, _a.LinkTo(c, _now), new ShuffleFrame([new Contact(Address, _b.Member.Origin)], Answer: true), 50);
        if (!liarFirst)
            Claim(_liar);
        Pass(5, _ => _b);
        Assert.Equal([Address], _calls);
        Assert.NotNull(LinkWith(_b));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_its_link_broke_a_peer_is_called_again_although_a_liar_claims_its_address(bool configured)
    {
        if (configured)
            _a.Core.Know(_now, [Address]);
        _a.LinkTo(_b, _now, _b.Hello() with { Address = Address });
        Claim(_liar);
        Pass(5, _ => _b); // once, to find which node is there
        Assert.Equal([Address], _calls);
        Claim(_liar);
        _a.Core.LinkDown(_now, LinkWith(_b)!.Value);
        Pass(5, _ => _b);
        Assert.Equal([Address, Address], _calls);
        Assert.NotNull(LinkWith(_b));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_false_address_claim_does_not_count_against_the_node_at_that_address(bool known)
    {
        _a.Core.Know(_now, [Address]);
        if (known)
        {
            Pass(2, _ => _b);
            _a.Core.LinkDown(_now, LinkWith(_b)!.Value);
            _calls.Clear();
        }

        for (var i = 0; i < 10; i++)
        {
            _a.Core.Malformed(_now, Claim(_liar));
            _a.Core.Receive(_now, Claim(_liar), new GoodbyeFrame(GoodbyeReason.ViewFull), 10);
        }

        Pass(1, _ => _b);
        Assert.Equal([Address], _calls);
    }

    [Fact]
    public void A_configured_peer_that_opened_its_link_is_called_once_although_others_claim_its_address()
    {
        _a.Core.Know(_now, [Address]);
        _a.LinkTo(_b, _now, _b.Hello() with { Address = Address });
        for (var i = 0; i < 20; i++)
        {
            Pass(30, _ => _b);
            Claim(_liar);
            using var another = new TestNode($"another{i}");
            _a.Core.LinkDown(_now, Claim(another));
        }

        Assert.Equal([Address], _calls);
        Assert.NotNull(LinkWith(_b));
    }

    [Fact]
    public void A_configured_peer_that_opened_its_link_and_cannot_be_called_is_retried_with_back_off()
    {
        _a.Core.Know(_now, [Address]);
        _a.LinkTo(_b, _now, _b.Hello() with { Address = Address });
        Pass(600, _ => null);
        Assert.InRange(_calls.Count, 5, 30);
    }

    [Fact]
    public void A_peer_that_is_not_configured_and_opened_its_link_is_not_called()
    {
        _a.LinkTo(_b, _now, _b.Hello() with { Address = Address });
        Pass(600, _ => _b);
        Assert.Empty(_calls);
    }

    [Fact]
    public void A_node_that_replaced_another_at_its_address_is_found_by_one_call()
    {
        _a.Core.Know(_now, [Address]);
        Pass(2, _ => _b);
        _a.Core.LinkDown(_now, LinkWith(_b)!.Value);
        using var successor = new TestNode("b2");
        _a.LinkTo(successor, _now, successor.Hello() with { Address = Address });
        Pass(600, _ => successor);
        Assert.Equal([Address, Address], _calls);
    }

    [Fact]
    public void A_configured_peer_that_is_evicted_is_retried_with_back_off()
    {
        var (proof, now) = (new EquivocationProof(_b.Batch(1, 1, 4, _now), _b.Batch(1, 1, 8, _now)), _now);
        _a.Core.Convict(now, _b.Member, proof);
        _a.Core.Know(now, [Address]);
        Pass(600, _ => _b);
        Assert.InRange(_calls.Count, 5, 60);
    }

    [Fact]
    public void A_contact_that_cannot_be_reached_is_retried_once_a_minute_while_a_neighbour_names_it()
    {
        using var c = new TestNode("c");
        var link = _a.LinkTo(c, _now);
        Name();
        Pass(300, _ => null);
        var tries = _calls.Count;
        Assert.InRange(tries, 1, 6);
        for (var minute = 0; minute < 10; minute++)
        {
            Name();
            Pass(60, _ => null);
        }

        Assert.InRange(_calls.Count - tries, 4, 10);
        Name();
        Pass(60, _ => _b);
        Name();
        Pass(60, _ => _b);
        Assert.NotNull(LinkWith(_b));

        void Name() => _a.Core.Receive(_now, link, new ShuffleFrame([new Contact(Address, _b.Member.Origin)], Answer: true), 50);
    }

    private LinkId Claim(TestNode node) => _a.LinkTo(node, _now, node.Hello() with { Address = Address });

    private LinkId? LinkWith(TestNode node) => _a.Core.Neighbours.Where(p => p.Origin == node.Member.Origin).Select(p => (LinkId?)p.Link).FirstOrDefault();

    // Seconds in which all neighbours are alive, and calls are answered.
    private void Pass(int seconds, Func<string, TestNode?> there)
    {
        for (var until = _now + (1000 * seconds); _now < until;)
        {
            _now += 1000;
            foreach (var peer in _a.Core.Neighbours.ToList())
                _a.Core.Receive(_now, peer.Link, new AckFrame(0, 0, 1, 0), 10);
            _a.Core.Tick(_now);
            foreach (var connect in _a.Take().OfType<Connect>().ToList())
            {
                _calls.Add(connect.Address);
                if (there(connect.Address) is not { } node)
                {
                    _a.Core.ConnectFailed(_now, connect.Address);
                    continue;
                }

                var link = new LinkId(++_links);
                _a.Core.LinkUp(_now, link, node.Member, connect.Address);
                _a.Core.Receive(_now, link, node.Hello() with { Address = connect.Address }, 100);
            }
        }
    }
}
