namespace ThrottleNet.MxNode.Telemetry;

/// <summary>A background service that does something at each interval. After a failure it does so only when the pause of <see cref="KeptService"/> is over.</summary>
/// <param name="component">The service's name, as <c>status</c> and the log show it.</param>
/// <param name="interval">The time between two ticks.</param>
/// <param name="health">Keeps its failures.</param>
internal abstract class PeriodicService(string component, TimeSpan interval, NodeHealth health) : KeptService(component, health)
{
    /// <summary>Whether the first tick comes at the start, and not only after the first interval.</summary>
    protected virtual bool TicksAtStart => false;

    protected sealed override async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(interval, Time);
        if (TicksAtStart)
        {
            await AttemptAsync(TickAsync, stopping);
        }

        while (await timer.WaitForNextTickAsync(stopping))
        {
            if (IsDue)
            {
                await AttemptAsync(TickAsync, stopping);
            }
        }
    }

    /// <summary>Does the service's work once.</summary>
    protected abstract Task TickAsync(CancellationToken stopping);
}
