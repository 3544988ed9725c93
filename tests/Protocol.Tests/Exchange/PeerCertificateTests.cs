using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.Protocol.Tests.Exchange;

/// <summary>Certificates that expire, are renewed or lose their authority while links are open.</summary>
public sealed class PeerCertificateTests : IDisposable
{
    private const long Start = 1_767_225_600_000;
    private const long End = Start + 60_000;

    private readonly TestNode _a = new("a");
    private readonly TestNode _b = new("b", validUntil: End);
    private readonly TestNode _c = new("c");

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
    }

    [Fact]
    public void A_link_ends_soon_after_its_certificate_and_a_renewed_one_joins_again()
    {
        var link = TestNode.Link(_a, _b, Start);
        var now = TestNode.Pass(Start, End - Start - 1000, _a, _b);
        Assert.Single(_a.Core.Neighbours);
        now = TestNode.Pass(now, 3000, _a, _b);
        Assert.Empty(_a.Core.Neighbours);
        Assert.Contains(new DropLink(link, GoodbyeReason.Certificate), _a.Done);
        Assert.Contains(_a.Done, e => e is Fact { Kind: ExchangeFact.PeerLeft, Detail: "its certificate has expired" });

        using var renewed = new TestNode("b", epoch: 2, sameKeyAs: _b);
        TestNode.Link(_a, renewed, now);
        renewed.Outbox.Add(TestNode.Host);
        TestNode.Pass(now, 2000, _a, renewed);
        Assert.True(Assert.Single(_a.Core.Neighbours).Ready);
        Assert.Equal(1, _a.UnitsApplied);
    }

    [Fact]
    public void An_origins_batches_are_accepted_until_its_certificate_expires_and_again_with_a_new_one()
    {
        var link = _a.LinkTo(_c, Start);
        _a.Core.Receive(Start, link, new CredentialFrame(_b.Member.Certificate), 600);
        Deliver(End - 1, link, 1);
        Assert.Equal(1, _a.UnitsApplied);
        Deliver(End, link, 2);
        Assert.Equal(1, _a.UnitsApplied);

        using var renewed = new TestNode("b", sameKeyAs: _b);
        _a.Core.Receive(End, link, new CredentialFrame(renewed.Member.Certificate), 600);
        _a.Core.Receive(End, link, new CredentialFrame(_b.Member.Certificate), 600); // the old certificate arrives late
        Deliver(End, link, 2);
        Assert.Equal(2, _a.UnitsApplied);
    }

    [Fact]
    public void A_renewed_certificate_goes_to_neighbours_that_had_the_old_one()
    {
        TestNode.Link(_a, _b, Start);
        TestNode.Link(_a, _c, Start);
        _b.Outbox.Add(TestNode.Host);
        var now = TestNode.Pass(Start, 2000, _a, _b, _c);
        using var renewed = new TestNode("b", epoch: 2, sameKeyAs: _b);
        foreach (var peer in _a.Core.Neighbours.Where(p => p.Origin == _b.Member.Origin).ToList())
            _a.Core.LinkDown(now, peer.Link);
        TestNode.Link(_a, renewed, now);
        now = TestNode.Pass(now, End - now, _a, renewed, _c);
        renewed.Outbox.Add(TestNode.Host);
        TestNode.Pass(now, 2000, _a, renewed, _c);
        Assert.Equal(2, _c.UnitsApplied);
    }

    [Fact]
    public void When_a_certificate_is_no_longer_trusted_its_link_is_dropped_and_its_batches_are_ignored()
    {
        var toB = _a.LinkTo(_b, Start);
        var toC = _a.LinkTo(_c, Start);
        using var d = new TestNode("d");
        _a.Core.Receive(Start, toC, new CredentialFrame(d.Member.Certificate), 600);
        _a.Rejected.UnionWith(["b", "d"]);
        _a.Core.Recheck(Start);
        _a.Core.Receive(Start, toC, new DeliveryFrame(d.Batch(1, 1, 4, Start), false, 0), 200);
        _a.Take();
        Assert.Contains(new DropLink(toB, GoodbyeReason.Certificate), _a.Done);
        Assert.Equal(_c.Member.Origin, Assert.Single(_a.Core.Neighbours).Origin);
        Assert.Empty(_a.Applied);
    }

    private void Deliver(long now, LinkId link, ulong seq)
    {
        _a.Core.Receive(now, link, new DeliveryFrame(_b.Batch(1, seq, 4, now), false, 0), 200);
        _a.Take();
    }
}
