using Microsoft.Extensions.Hosting.Systemd;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Hosting.Supervision;

/// <summary>
/// Sends the service manager a sign of life (WATCHDOG=1, sd_notify(3)) three times in the time that it waits, but only while every <see cref="LoopProbe"/>
/// answers. A node whose loops stand still is restarted by the service manager.
/// </summary>
/// <param name="time">How long the service manager waits.</param>
/// <param name="manager">Sends the notices.</param>
/// <param name="probes">The loops.</param>
/// <param name="lifetime">The service manager waits from the end of the start on.</param>
/// <param name="health">Keeps and logs the failures.</param>
internal sealed class Watchdog(TimeSpan time, ISystemdNotifier manager, IEnumerable<LoopProbe> probes, IHostApplicationLifetime lifetime, NodeHealth health)
    : PeriodicService("watchdog", time / 3, health)
{
    private static readonly ServiceState Alive = new("WATCHDOG=1");

    private readonly TimeSpan _patience = time / 3;

    protected override async Task TickAsync(CancellationToken stopping)
    {
        if (!lifetime.ApplicationStarted.IsCancellationRequested)
        {
            return;
        }

        foreach (var probe in probes)
        {
            try
            {
                await probe.AnswerAsync().WaitAsync(_patience, Time, stopping);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"the loop \"{probe.Name}\" has not answered for {_patience.TotalSeconds:0.#} s; the service manager restarts the node if it goes on");
            }
        }

        manager.Notify(Alive);
    }
}
