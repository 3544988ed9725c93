namespace ThrottleNet.Counting;

/// <summary>
/// The place of an attempt in the order of a cluster: what the ledger knows of the host, less what the order puts after the attempt. So of two
/// attempts the later knows the earlier, and the earlier does not know the later, although each node's ledger has both. Thread-safe.
/// </summary>
public sealed class AttemptOrder
{
    private volatile Holder? _known;

    /// <summary>The counts that come before the attempt; null until it is decided.</summary>
    public BlockCounts? Known => _known?.Counts;

    /// <summary>The attempt is to be judged by these counts. Called before its hold ends.</summary>
    /// <param name="counts">The host's counts, less the later ones of the cluster. This node's own part is ignored: the attempt has it from its registration.</param>
    public void Decide(in BlockCounts counts) => _known = new Holder(counts);

    private sealed record Holder(BlockCounts Counts);
}
