namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// Hears that a silo cannot go on, mostly because the others declared it dead. Orleans would end the process and every mail session with it;
/// here the node stops the silo and starts another one.
/// </summary>
internal sealed class FatalErrors : IFatalErrorHandler
{
    private readonly TaskCompletionSource<string> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the reason.</summary>
    public Task<string> Fatal => _fatal.Task;

    /// <summary>Orleans asks when a task that the silo lives by, such as the probes of other silos, ends with an exception: it would not be started again.</summary>
    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null) =>
        _fatal.TrySetResult(exception is null ? context ?? "the silo cannot go on" : $"{context} ({exception.Message})");
}
