using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;

namespace ThrottleNet.MxNode.Hosting.Supervision;

/// <summary>
/// Tells the service manager when the node serves, when it reads its configuration again, and when it stops (sd_notify(3)). Without a service manager it
/// does nothing. A notice that cannot be sent is logged, and the node goes on.
/// </summary>
internal sealed class ServiceNotices(ISystemdNotifier manager, TimeProvider time, ILogger<ServiceNotices> logger) : IHostedLifecycleService
{
    private const string Ready = "READY=1";

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called when every listener is open.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Send(Ready);
        return Task.CompletedTask;
    }

    /// <summary>Called at the first moment of a stop, before sessions end.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        Send("STOPPING=1");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The configuration is being read again; <see cref="Reloaded"/> ends it. The service manager compares the time with that of its signal.</summary>
    public void Reloading() => Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={time.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMicrosecond}"));

    /// <summary>The new configuration is in force, or it was refused and the old one stays.</summary>
    public void Reloaded() => Send(Ready);

    private void Send(string state)
    {
        try
        {
            manager.Notify(new ServiceState(state));
        }
        catch (SocketException e)
        {
            logger.NoticeFailed(state.Split('\n')[0], e.Message);
        }
    }
}
