namespace ThrottleNet.Protocol.Batches;

/// <summary>Two batches of one key that say different things: their origin told different nodes different counts.</summary>
public sealed record EquivocationProof(Batch One, Batch Other)
{
    public OriginId Origin => One.Key.Origin;

    /// <summary>Whether it proves anything: one key, two contents, both signed by that origin's key.</summary>
    public bool Holds(BatchVerifier verify) =>
        One.Key == Other.Key && !One.SaysTheSameAs(Other) && One.IsSignedBy(verify) && Other.IsSignedBy(verify);
}
