using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Origins that were proven to lie. The proof goes to everybody, newcomers included; it cannot be faked, so it can only come once.</summary>
internal sealed class Evictions(ExchangeContext context, MemberAdmission admit)
{
    private readonly Dictionary<OriginId, EquivocationProof> _proofs = [];
    private readonly Queue<Link> _linked = [];

    /// <summary>A neighbour passed a proof on; a reason where it proves nothing, since the neighbour should have looked itself.</summary>
    public GoodbyeReason? OnProof(Link link, EquivocationFrame frame)
    {
        if (context.Find(frame.Proof.Origin) is not { Evicted: false, Member: { } member } origin)
            return null;
        if (!frame.Proof.Holds(member.Verify))
            return GoodbyeReason.Malformed;
        Add(origin, frame.Proof, link);
        return null;
    }

    /// <summary>A proof from before this start.</summary>
    public void Convict(Member member, EquivocationProof proof)
    {
        if (context.FindOrAdd(member.Origin) is not { Evicted: false } origin || proof.Origin != member.Origin || !proof.Holds(member.Verify))
            return;
        if (admit(member.Certificate) is not null)
            origin.Learn(member); // neighbours would drop a node that told them of any other
        Keep(origin, proof);
    }

    /// <summary>A link with somebody who was evicted, once.</summary>
    public Link? TakeLinked() => _linked.TryDequeue(out var link) ? link : null;

    public void Join(Link link)
    {
        foreach (var (id, proof) in _proofs)
            Tell(link, context.Find(id)!, proof);
    }

    private void Add(OriginState origin, EquivocationProof proof, Link? from)
    {
        Keep(origin, proof);
        context.Effects.Add(new Evict(origin.Member!, proof));
        foreach (var link in context.Links.Ready.Where(l => l != from && l.Member.Origin != origin.Id))
            Tell(link, origin, proof);
        if (context.Links.Of(origin.Id) is { } liar)
            _linked.Enqueue(liar);
    }

    private void Keep(OriginState origin, EquivocationProof proof)
    {
        origin.Evicted = true;
        if (_proofs.Count < ExchangeLimits.Proofs)
            _proofs.Add(origin.Id, proof);
    }

    private void Tell(Link link, OriginState origin, EquivocationProof proof)
    {
        if (!origin.IsCertified(context.Now))
            return; // others would not take it, and need it no more than they would its batches
        context.Introduce(link, origin);
        context.Send(link, new EquivocationFrame(proof));
    }
}
