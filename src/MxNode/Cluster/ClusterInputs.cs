using System.Threading.Channels;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The inputs of <see cref="ClusterLoop"/>, in order. Thread-safe.</summary>
internal sealed class ClusterInputs
{
    // Sessions, calls and ticks post a bounded number each, so the queue needs no bound.
    private readonly Channel<Action<ClusterLoop>> _queue = Channel.CreateUnbounded<Action<ClusterLoop>>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Queues an input; ignored after the end.</summary>
    public void Post(Action<ClusterLoop> input) => _queue.Writer.TryWrite(input);

    /// <summary>Queues an input, and waits for its result; null after the end.</summary>
    public Task<T?> AskAsync<T>(Func<ClusterLoop, T?> input)
        where T : class
    {
        var answer = new TaskCompletionSource<T?>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _queue.Writer.TryWrite(Handle) ? answer.Task : Task.FromResult<T?>(null);

        void Handle(ClusterLoop loop)
        {
            try
            {
                answer.TrySetResult(input(loop));
            }
            catch (Exception e)
            {
                answer.TrySetException(e);
            }
        }
    }

    /// <summary>No more inputs; the loop ends after the queued ones.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Waits for an input; false after the end.</summary>
    public ValueTask<bool> WaitAsync() => _queue.Reader.WaitToReadAsync();

    /// <summary>Takes the next input; null if there is none now.</summary>
    public Action<ClusterLoop>? TryTake() => _queue.Reader.TryRead(out var input) ? input : null;
}
