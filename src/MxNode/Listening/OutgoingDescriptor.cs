namespace ThrottleNet.MxNode.Listening;

/// <summary>A descriptor that the <see cref="DescriptorBudget"/> has set aside for a socket that this node connects or a text's file; given back once, when it is disposed of.</summary>
internal sealed class OutgoingDescriptor(Action release) : IDisposable
{
    private Action? _release = release;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
