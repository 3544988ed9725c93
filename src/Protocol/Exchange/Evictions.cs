using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>The origins that equivocated. Each proof goes to all neighbours, new ones included. A proof cannot be forged, and each is applied once.</summary>
internal sealed class Evictions(ExchangeContext context, MemberAdmission admit)
{
    private readonly Dictionary<OriginId, EquivocationProof> _proofs = [];
    private readonly Queue<Link> _linked = [];

    /// <summary>A neighbour passed a proof on. Gives a reason to close its link when the proof is not valid: a correct neighbour checks a proof before it passes it on.</summary>
    public GoodbyeReason? OnProof(Link link, EquivocationFrame frame)
    {
        if (context.Find(frame.Proof.Origin) is not { Evicted: false, Member: { } member } origin)
            return null;
        if (!frame.Proof.Holds(member.Verify))
            return GoodbyeReason.Malformed;
        Add(origin, frame.Proof, link);
        return null;
    }

    /// <summary>Takes a proof that was stored before this start.</summary>
    public void Convict(Member member, EquivocationProof proof)
    {
        if (context.FindOrAdd(member.Origin) is not { Evicted: false } origin || proof.Origin != member.Origin || !proof.Holds(member.Verify))
            return;
        if (admit(member.Certificate) is not null)
            origin.Learn(member); // a neighbour that gets a proof without the certificate would close the link
        Keep(origin, proof);
    }

    /// <summary>A link with an evicted origin, which must be closed; gives each link once.</summary>
    public Link? TakeLinked() => _linked.TryDequeue(out var link) ? link : null;

    public void Join(Link link)
    {
        foreach (var (id, proof) in _proofs)
            PassOn(link, context.Find(id)!, proof);
    }

    private void Add(OriginState origin, EquivocationProof proof, Link? from)
    {
        Keep(origin, proof);
        context.Effects.Add(new Evict(origin.Member!, proof));
        foreach (var link in context.Links.Ready.Where(l => l != from && l.Member.Origin != origin.Id))
            PassOn(link, origin, proof);
        if (context.Links.Of(origin.Id) is { } liar)
            _linked.Enqueue(liar);
    }

    private void Keep(OriginState origin, EquivocationProof proof)
    {
        origin.Evicted = true;
        if (_proofs.Count < ExchangeLimits.Proofs)
            _proofs.Add(origin.Id, proof);
    }

    private void PassOn(Link link, OriginState origin, EquivocationProof proof)
    {
        if (!origin.IsCertified(context.Now))
            return; // its certificate has expired: other nodes would not accept the proof, nor any batch of this origin
        context.Introduce(link, origin);
        context.Send(link, new EquivocationFrame(proof));
    }
}
