using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>A text that is in memory as a whole, such as a report.</summary>
internal sealed class OctetText(ReadOnlyMemory<byte> octets) : ITextSource
{
    public long Length => octets.Length;

    public ReadOnlyMemory<byte>? InMemory => octets;

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPiecesAsync(long from, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        await Task.CompletedTask;
        yield return octets[(int)from..];
    }
}
