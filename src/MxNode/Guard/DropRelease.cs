namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Lets dropped hosts in again that have become trusted or have sent through the network. It runs beside <see cref="DropSetKeeper"/>, so
/// that slow relays do not delay new drops.
/// </summary>
internal sealed class DropRelease(DropTable table, ISightings sightings, CourtesyBook courtesies, GuardLog log, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Questions in one round: each may go to another machine.
    private const int MaxAsked = 100;

    private int _next;

    /// <summary>Checks some of the dropped hosts. Successive calls check all of them in turn.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        var hosts = table.Hosts();
        foreach (var host in hosts.Where(table.IsTrusted))
        {
            LetIn(host, "it is trusted");
        }

        for (var asked = 0; asked < Math.Min(MaxAsked, hosts.Count); asked++)
        {
            var host = hosts[_next++ % hosts.Count];
            if (await sightings.AskAsync(host.Address, cancel) is not { } sighting)
            {
                break;
            }

            if (!sighting.IsStranger)
            {
                LetIn(host, sighting switch
                {
                    { Seen: true } => "the network saw it",
                    { InTrustedBlock: true } => "it holds a trusted host or a relay",
                    { Relay: true } => "it is a relay",
                    _ => "it is trusted",
                });
            }
        }

        _next = hosts.Count == 0 ? 0 : _next % hosts.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
                {
                    log.ReleaseFailed(e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private void LetIn(DroppedHost host, string reason)
    {
        table.Remove(host.Block);
        courtesies.Forget(host.Block);
        log.LetIn(host.Block.ToString(), reason);
    }
}
