using System.IO.Pipelines;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The time limit of a read from a client: when it passes, and when the node begins to drain, the pending read returns. One read has one
/// limit at a time: <see cref="Arm"/> sets it, and disposing of what that returns takes it off.
/// </summary>
internal sealed class ReadDeadline : IAsyncDisposable
{
    private readonly ClientTransport _client;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _onDrain;
    private long _deadline = long.MaxValue;

    public ReadDeadline(ClientTransport client, TimeProvider time)
    {
        _client = client;
        _time = time;
        _timer = time.CreateTimer(static client => ((ClientTransport)client!).CancelPendingRead(), client, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _onDrain = client.Draining.Register(static client => ((ClientTransport)client!).CancelPendingRead(), client);
    }

    public Armed Arm(TimeSpan timeout)
    {
        _deadline = _time.GetTimestamp() + (long)(timeout.TotalSeconds * _time.TimestampFrequency);
        _timer.Change(timeout, Timeout.InfiniteTimeSpan);
        return new Armed(this);
    }

    /// <summary>What ended the reading; null: it goes on.</summary>
    public WireEvent? Ended(ReadResult result)
    {
        var expired = _time.GetTimestamp() >= _deadline;
        if (result.IsCompleted || expired)
        {
            return result.IsCompleted ? WireEvent.Closed : WireEvent.TimedOut;
        }

        // Cancelled before the deadline: by draining, by an older timer, or by a timer that fired a moment early.
        if (result.IsCanceled)
        {
            var left = _time.GetElapsedTime(_time.GetTimestamp(), _deadline) + TimeSpan.FromMilliseconds(1);
            _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        return _client.Draining.IsCancellationRequested ? WireEvent.Draining : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _onDrain.DisposeAsync();
        await _timer.DisposeAsync();
    }

    private void Disarm()
    {
        _deadline = long.MaxValue;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A limit that is set; disposing of it takes it off.</summary>
    internal readonly struct Armed(ReadDeadline deadline) : IDisposable
    {
        public void Dispose() => deadline.Disarm();
    }
}
