namespace ThrottleNet.MxNode.Throttle;

/// <summary>Octets that another feature stores in one file with the counts: the exchange keeps there which batches the counts are made of.</summary>
/// <param name="export">Called right before the counts are written; null stores nothing. What is counted while they are written may already be in the counts.</param>
internal sealed class LedgerAttachment(Func<Task<byte[]>>? export = null)
{
    /// <summary>The octets in the snapshot that the node started with; empty for none.</summary>
    public ReadOnlyMemory<byte> Restored { get; set; }

    /// <summary>The octets for the next snapshot.</summary>
    public Task<byte[]> ExportAsync() => export is null ? Task.FromResult<byte[]>([]) : export();
}
