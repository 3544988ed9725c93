namespace ThrottleNet.MxNode.Throttle;

/// <summary>Octets stored in one file with the counts, by whoever must know later what those are made of.</summary>
internal sealed class LedgerAttachment
{
    /// <summary>What the snapshot held that the node started with; empty for none.</summary>
    public ReadOnlyMemory<byte> Restored { get; set; }

    /// <summary>Asked right before the counts are written; null stores nothing. What is counted while they are written may be in the counts already.</summary>
    public Func<Task<byte[]>>? Export { get; set; }
}
