using System.Collections.Concurrent;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Dedicated threads for calls that wait for the disk. A stalled disk blocks these threads only: neither the threads
/// that serve sockets nor the thread pool.
/// </summary>
internal sealed class DiskThreads : IDisposable
{
    /// <summary>A disk that takes longer for one call has stalled.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int Threads = 4;

    // Waiting calls keep their data in memory, even when no caller awaits them any more. A working disk completes this many in a few seconds.
    private const int MaxWaiting = 4096;

    private readonly BlockingCollection<Action> _work = new(MaxWaiting);
    private readonly TimeProvider _clock;

    /// <param name="clock">Measures <see cref="Patience"/>; null for the system's: a disk does not follow the clock of a test.</param>
    public DiskThreads(TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        for (var i = 0; i < Threads; i++)
        {
            new Thread(Run) { IsBackground = true, Name = "disk" }.Start();
        }
    }

    /// <summary>Runs a call on one of the threads. The task fails with <see cref="IOException"/> when too many calls wait, or when the node stops.</summary>
    public Task<T> RunAsync<T>(Func<T> call)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isQueued = TryAdd(() =>
        {
            try
            {
                result.SetResult(call());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        });
        return isQueued ? result.Task : Task.FromException<T>(new IOException("the disk is too slow: too many calls wait for it, or the node stops"));
    }

    /// <summary>Waits for a call for <see cref="Patience"/>. The call itself goes on after that, and what it uses must stay.</summary>
    /// <exception cref="IOException">The call has failed, or the disk has stalled: then the inner exception is a <see cref="TimeoutException"/>.</exception>
    public async Task<T> InTimeAsync<T>(Task<T> call)
    {
        try
        {
            return await call.WaitAsync(Patience, _clock);
        }
        catch (TimeoutException e)
        {
            throw new IOException("the disk did not answer in time", e);
        }
    }

    /// <summary>Lets the threads end when their work is done.</summary>
    public void Dispose() => _work.CompleteAdding();

    private bool TryAdd(Action call)
    {
        try
        {
            return _work.TryAdd(call);
        }
        catch (InvalidOperationException)
        {
            return false; // The node stops.
        }
    }

    private void Run()
    {
        foreach (var call in _work.GetConsumingEnumerable())
        {
            call();
        }
    }
}
