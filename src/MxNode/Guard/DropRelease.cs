using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Lets dropped hosts in again that have become trusted or have sent through the network. It runs beside <see cref="DropSetKeeper"/>, so
/// that slow relays do not delay new drops.
/// </summary>
internal sealed class DropRelease(DropTable table, GuardDrops drops, ISightings sightings, GuardLog log, NodeHealth health)
    : PeriodicService("guard drop release", Interval, health)
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

    protected override Task TickAsync(CancellationToken stopping) => LookAsync(stopping);

    private void LetIn(DroppedHost host, string reason)
    {
        drops.LetIn(host.Address);
        log.LetIn(host.Block.ToString(), reason);
    }
}
