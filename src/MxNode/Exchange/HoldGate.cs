namespace ThrottleNet.MxNode.Exchange;

/// <summary>What decisions wait at: until the network has heard of an attempt, and this node of the network's. Thread-safe.</summary>
internal sealed class HoldGate
{
    // A batch a second at most, and holds of a minute: more are waited for only where nothing is ever complete.
    private const int MaxAwaited = 1024;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, TaskCompletionSource> _awaited = [];
    private ulong _complete;
    private volatile bool _isAlone;

    /// <summary>There is nobody to wait for.</summary>
    public bool IsAlone
    {
        get => _isAlone;
        set => _isAlone = value;
    }

    /// <summary>Ends when the batch is complete.</summary>
    /// <param name="batch">As the outbox gave it.</param>
    public Task WhenComplete(ulong batch)
    {
        lock (_lock)
        {
            if (_isAlone || batch <= _complete)
            {
                return Task.CompletedTask;
            }

            if (!_awaited.TryGetValue(batch, out var waiting))
            {
                waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _awaited.Add(batch, waiting);
                if (_awaited.Count > MaxAwaited)
                {
                    _awaited.Remove(_awaited.First().Key);
                }
            }

            return waiting.Task;
        }
    }

    /// <summary>Every batch up to this one is complete.</summary>
    public void Open(ulong batch)
    {
        lock (_lock)
        {
            _complete = batch;
            while (_awaited.Count > 0 && _awaited.First() is var (first, waiting) && first <= batch)
            {
                _awaited.Remove(first);
                waiting.SetResult();
            }
        }
    }

    /// <summary>Batches are numbered from 1 again; who waits for one of the old numbers waits out the hold.</summary>
    public void StartEpoch()
    {
        lock (_lock)
        {
            _complete = 0;
            _awaited.Clear();
        }
    }
}
