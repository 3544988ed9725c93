namespace ThrottleNet.MxNode.Storage;

/// <summary>
/// Runs work that waits for the disk on a thread of its own. A stalled disk then takes no thread of the pool, which serves the sessions and the
/// exchange.
/// </summary>
internal static class DiskThread
{
    public static Task RunAsync(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
