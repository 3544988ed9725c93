using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Spool;

/// <summary>A record that waits to be written.</summary>
/// <param name="kind">What it says.</param>
/// <param name="head">Its head.</param>
/// <param name="text">Its text; null for none.</param>
/// <param name="onStored">Called when the record is safe, before the file it is in may be closed; null for nothing.</param>
internal sealed class PendingRecord(RecordKind kind, byte[] head, OutgoingMessage? text, Action<RecordPlace>? onStored = null)
{
    private readonly TaskCompletionSource<RecordPlace> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] Head => head;

    public OutgoingMessage? Text => text;

    public RecordFrame Frame { get; } = new(kind, head.Length, text?.Length ?? 0);

    /// <summary>Completed when the record is safe; fails with <see cref="IOException"/>.</summary>
    public Task<RecordPlace> Written => _written.Task;

    public void Complete(RecordPlace place)
    {
        onStored?.Invoke(place);
        _written.TrySetResult(place);
    }

    public void Fail(IOException error) => _written.TrySetException(error);
}
