using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// Where decisions wait until the hold of their batch is complete: every live node has acknowledged the batch, and what those nodes had
/// counted before is applied here. Thread-safe.
/// </summary>
/// <param name="traces">Told which batch a session waits for; null in a simulation.</param>
internal sealed class HoldGate(BatchTraces? traces = null) : IHoldGate
{
    // There is at most one batch a second, and a hold lasts a minute at most. So more waiting batches exist only while none is ever complete.
    private const int MaxAwaited = 1024;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<ulong, TaskCompletionSource> _awaited = [];
    private ulong _complete;
    private volatile bool _hasJoined;
    private volatile bool _isAlone;

    /// <summary>
    /// Whether this node has had a neighbour, or has stopped waiting for one. Before that, a node that has just started does not count as alone.
    /// </summary>
    public bool HasJoined => _hasJoined;

    /// <summary>Whether there is no node to wait for.</summary>
    public bool IsAlone => _isAlone;

    /// <summary>Called when no neighbour was found in time, or none is sought: the node continues alone until a neighbour links.</summary>
    public void GoOnAlone() => _hasJoined = true;

    /// <summary>Takes the core's state after each input.</summary>
    public void Update(bool isAlone)
    {
        _hasJoined |= !isAlone;
        _isAlone = _hasJoined && isAlone;
    }

    /// <summary>Whether the hold of a batch is complete.</summary>
    /// <param name="batch">The number that the outbox gave.</param>
    public bool IsComplete(ulong batch)
    {
        lock (_lock)
        {
            return _isAlone || batch <= _complete;
        }
    }

    /// <summary>Ends when the hold of a batch is complete.</summary>
    /// <param name="batch">The number that the outbox gave.</param>
    public Task WhenComplete(ulong batch)
    {
        lock (_lock)
        {
            if (_isAlone || batch <= _complete)
            {
                return Task.CompletedTask;
            }

            traces?.Note(batch);
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

    /// <summary>Completes every batch up to this one. Ignored before the node has joined: it has no neighbour yet, and may soon have one.</summary>
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

    /// <summary>The numbering of batches starts again at 1. Attempts that wait for one of the old numbers wait the full hold.</summary>
    public void StartEpoch()
    {
        lock (_lock)
        {
            _complete = 0;
            _awaited.Clear();
        }
    }
}
