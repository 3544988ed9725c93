namespace ThrottleNet.Protocol.Batches;

/// <summary>Two batches with one key and different contents: their origin sent different counts to different nodes.</summary>
public sealed record EquivocationProof(Batch One, Batch Other)
{
    public OriginId Origin => One.Key.Origin;

    /// <summary>Whether the proof is valid: one key, two contents, both signed with the origin's key.</summary>
    public bool Holds(BatchVerifier verify) =>
        One.Key == Other.Key && !One.SaysTheSameAs(Other) && One.IsSignedBy(verify) && Other.IsSignedBy(verify);
}
