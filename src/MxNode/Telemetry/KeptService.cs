namespace ThrottleNet.MxNode.Telemetry;

/// <summary>
/// A background service that no failure ends: a failure is logged, <c>status</c> shows it, and the service runs again after a pause that doubles with each
/// failure, up to a minute.
/// </summary>
/// <param name="component">The service's name, as <c>status</c> and the log show it.</param>
/// <param name="health">Keeps its failures.</param>
internal abstract class KeptService(string component, NodeHealth health) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly ComponentHealth _component = health.Of(component, FirstPause, LongestPause);

    protected TimeProvider Time => health.Time;

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            do
            {
                await Task.Delay(_component.Pause, Time, stoppingToken);
                await health.AttemptAsync(_component, RunAsync, stoppingToken);
            }
            while (_component.IsFailing);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops.
        }

        Ended();
    }

    /// <summary>Does the service's work until the node stops, or until it is done.</summary>
    protected abstract Task RunAsync(CancellationToken stopping);

    /// <summary>Whether the last attempt did not fail, or its pause is over.</summary>
    protected bool IsDue => _component.IsDue;

    /// <summary>Does one part of the work. Its failure is logged and shown like one of the whole, and does not end <see cref="RunAsync"/>.</summary>
    protected Task AttemptAsync(Func<CancellationToken, Task> attempt, CancellationToken stopping) => health.AttemptAsync(_component, attempt, stopping);

    /// <summary>Called once when the node stops, or the work is done.</summary>
    protected virtual void Ended()
    {
    }
}
