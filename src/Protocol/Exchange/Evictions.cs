using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Origins that equivocated: they signed two different batches with one key. The proof goes to all neighbours, new ones included; it cannot be forged.</summary>
internal sealed class Evictions(ExchangeContext context, MemberAdmission admit)
{
    private readonly Dictionary<OriginId, EquivocationProof> _proofs = [];
    private readonly Queue<Link> _linked = [];

    /// <summary>A neighbour passed a proof on. Gives a reason to drop the neighbour if the proof is invalid: it should have checked the proof itself.</summary>
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
            origin.Learn(member); // neighbours would drop a node that passed on any other certificate
        Keep(origin, proof);
    }

    /// <summary>The link of an origin that was evicted since the last call; null if there is none.</summary>
    public Link? TakeLinked() => _linked.TryDequeue(out var link) ? link : null;

    public void Join(Link link)
    {
        foreach (var (id, proof) in _proofs)
            SendProof(link, context.Find(id)!, proof);
    }

    private void Add(OriginState origin, EquivocationProof proof, Link? from)
    {
        Keep(origin, proof);
        context.Effects.Add(new Evict(origin.Member!, proof));
        foreach (var link in context.Links.Ready.Where(l => l != from && l.Member.Origin != origin.Id))
            SendProof(link, origin, proof);
        if (context.Links.Of(origin.Id) is { } direct)
            _linked.Enqueue(direct);
    }

    private void Keep(OriginState origin, EquivocationProof proof)
    {
        origin.Evicted = true;
        if (_proofs.Count < ExchangeLimits.Proofs)
            _proofs.Add(origin.Id, proof);
    }

    private void SendProof(Link link, OriginState origin, EquivocationProof proof)
    {
        if (!origin.IsCertified(context.TimeOfDay))
            return; // without a valid certificate neighbours accept neither its batches nor a proof about them
        context.Introduce(link, origin);
        context.Send(link, new EquivocationFrame(proof));
    }
}
