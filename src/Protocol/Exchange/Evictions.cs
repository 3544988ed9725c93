using ThrottleNet.Protocol.Counts;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Origins that were proven to lie. The proof goes to everybody, newcomers included; it cannot be faked, so it can only come once.</summary>
internal sealed class Evictions(ExchangeContext context)
{
    private readonly Dictionary<OriginId, EquivocationProof> _proofs = [];

    /// <summary>Takes a proof; false when it is known, or proves nothing.</summary>
    public bool TryAdd(EquivocationProof proof, Link? from)
    {
        if (context.Find(proof.Origin) is not { Evicted: false, Member: { } member } origin || !proof.Holds(member.Verify))
            return false;
        origin.Evicted = true;
        _proofs.Add(proof.Origin, proof);
        context.Effects.Add(new Evict(proof.Origin, proof));
        foreach (var link in context.Links.Ready.Where(l => l != from && l.Member.Origin != proof.Origin))
            Tell(link, origin, proof);
        return true;
    }

    public void Join(Link link)
    {
        foreach (var (id, proof) in _proofs)
            Tell(link, context.Find(id)!, proof);
    }

    private void Tell(Link link, OriginState origin, EquivocationProof proof)
    {
        context.Introduce(link, origin);
        context.Send(link, new EquivocationFrame(proof));
    }
}
