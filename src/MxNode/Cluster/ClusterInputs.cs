using System.Threading.Channels;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The inputs of <see cref="ClusterLoop"/>: one is handled at a time. Thread-safe.</summary>
internal sealed class ClusterInputs
{
    // Queued inputs that are handled before other threads get a turn.
    private const int MostAtOnce = 256;

    // Sessions, calls and ticks post a bounded number each, so the queue needs no bound.
    private readonly Channel<Action<ClusterLoop>> _queue = Channel.CreateUnbounded<Action<ClusterLoop>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _turn = new();
    private ClusterLoop? _loop;

    /// <summary>Queues an input; ignored after the end.</summary>
    public void Post(Action<ClusterLoop> input) => _queue.Writer.TryWrite(input);

    /// <summary>
    /// Handles an input on this thread, before queued ones, if no other input is being handled; otherwise queues it. It saves the caller's wait for
    /// another thread. Only for inputs that take microseconds, and not to be called within a lock that the loop takes.
    /// </summary>
    public void Do(Action<ClusterLoop> input)
    {
        if (_turn.IsHeldByCurrentThread || !_turn.TryEnter())
        {
            Post(input);
            return;
        }

        try
        {
            if (_loop is { } loop)
            {
                loop.Handle(input);
                loop.Send();
                return;
            }
        }
        finally
        {
            _turn.Exit();
        }

        Post(input);
    }

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

    /// <summary>Handles inputs until there are no more.</summary>
    public async Task RunAsync(ClusterLoop loop)
    {
        lock (_turn)
        {
            _loop = loop;
        }

        while (await _queue.Reader.WaitToReadAsync())
        {
            lock (_turn)
            {
                for (var taken = 0; taken < MostAtOnce && _queue.Reader.TryRead(out var input); taken++)
                {
                    loop.Handle(input);
                }

                loop.Send();
            }
        }

        lock (_turn)
        {
            _loop = null;
        }
    }
}
