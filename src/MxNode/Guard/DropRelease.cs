namespace ThrottleNet.MxNode.Guard;

/// <summary>Lets dropped hosts in again that have become trusted, or have found the magic MX.</summary>
internal sealed class DropRelease(DropTable table, ISightings sightings, CourtesyBook courtesies, GuardLog log, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Asked of the network in one round: the question may go to another machine.
    private const int MaxAsked = 100;

    private long? _looked;
    private int _next;

    /// <summary>Looks over some of them, every few seconds; all get their turn.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        if (_looked is { } looked && time.GetElapsedTime(looked) < Interval)
        {
            return;
        }

        _looked = time.GetTimestamp();
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

            if (sighting is not { Seen: false, Trusted: false, Node: false })
            {
                LetIn(host, sighting.Seen ? "the network saw it" : "it is trusted");
            }
        }

        _next = hosts.Count == 0 ? 0 : _next % hosts.Count;
    }

    private void LetIn(DroppedHost host, string reason)
    {
        table.Remove(host.Block);
        courtesies.Forget(host.Block);
        log.LetIn(host.Block.ToString(), reason);
    }
}
