namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// Where decisions wait until the hold of their batch is complete: every live node has acknowledged the batch, and what those nodes had
/// counted before is applied here. Thread-safe.
/// </summary>
internal sealed class HoldGate
{
    // A batch a second at most, and holds of a minute: more waiting batches exist only where none is ever complete.
    private const int MaxAwaited = 1024;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, TaskCompletionSource> _awaited = [];
    private ulong _complete;
    private volatile bool _hasJoined;
    private volatile bool _isAlone;

    /// <summary>
    /// This node has had a neighbour, or has given up waiting for one. Before that it is not taken for alone: it has only just started.
    /// </summary>
    public bool HasJoined => _hasJoined;

    /// <summary>No node is there to wait for.</summary>
    public bool IsAlone => _isAlone;

    /// <summary>No neighbour was found in time, or none is sought: the node goes on alone until one comes.</summary>
    public void GoOnAlone() => _hasJoined = true;

    /// <summary>Takes over whether the core has a live neighbour, after each input.</summary>
    public void Update(bool isAlone)
    {
        _hasJoined |= !isAlone;
        _isAlone = _hasJoined && isAlone;
    }

    /// <summary>Whether the hold of a batch is complete.</summary>
    /// <param name="batch">The seq that the outbox gave.</param>
    public bool IsComplete(ulong batch)
    {
        lock (_lock)
        {
            return _isAlone || batch <= _complete;
        }
    }

    /// <summary>Ends when the hold of a batch is complete.</summary>
    /// <param name="batch">The seq that the outbox gave.</param>
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

    /// <summary>Every batch up to this one is complete. Ignored for a node that has not joined yet: it has no neighbour to wait for, and may soon have one.</summary>
    public void Open(ulong batch, bool isAlone = false)
    {
        if (isAlone && !_hasJoined)
        {
            return;
        }

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

    /// <summary>Batches are numbered from 1 again; what waits for one of the old numbers waits the full hold.</summary>
    public void StartEpoch()
    {
        lock (_lock)
        {
            _complete = 0;
            _awaited.Clear();
        }
    }
}
