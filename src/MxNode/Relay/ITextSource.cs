namespace ThrottleNet.MxNode.Relay;

/// <summary>A complete text that may be read as often as wanted: the client's (<see cref="MessageText"/>), or one from the queue.</summary>
internal interface ITextSource
{
    /// <summary>Octets of the text.</summary>
    public long Length { get; }

    /// <summary>The whole text, where it is in memory; null where a part of it is in a file, or was not kept.</summary>
    public ReadOnlyMemory<byte>? InMemory { get; }

    /// <summary>The text from an offset on, piece by piece; a piece is valid until the next one is asked for.</summary>
    /// <exception cref="IOException">The text was not kept, or its file cannot be read.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPiecesAsync(long from, CancellationToken cancel);
}
