namespace ThrottleNet.MxNode.Listening;

/// <summary>
/// Keeps a node that is to stop serving for a time, while <c>/readyz</c> already answers 503: load balancers then send it no new connections when its
/// listeners close. Registered behind all that serves, since services hear of the stop in reverse order.
/// </summary>
/// <param name="delay">The time; zero: the listeners close at once.</param>
/// <param name="time">Measures it.</param>
internal sealed class DrainDelay(TimeSpan delay, TimeProvider time) : IHostedLifecycleService
{
    private volatile bool _hasBegun;
    private volatile bool _isOver;

    /// <summary>Whether the node is to stop.</summary>
    public bool HasBegun => _hasBegun;

    /// <summary>Whether the listeners are closing, or closed.</summary>
    public bool IsOver => _isOver;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _hasBegun = true;
        try
        {
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The time for the whole stop is over.
        }
        finally
        {
            _isOver = true;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
