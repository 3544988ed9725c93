using System.Net;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>What this node knows, by its own counts, its peers' and its list.</summary>
/// <param name="exchange">Null on a node that shares nothing, as are the two that follow.</param>
/// <param name="alone">Whether the peers have gone.</param>
internal sealed class OwnSightings(Ledger ledger, TrustBook trust, ExchangeService? exchange = null, HoldGate? alone = null, LiveNodes? nodes = null) : ISightings
{
    /// <summary>What a slow counter still holds of one attempt a day ago: it falls by e in twelve hours.</summary>
    public static readonly float DayOld = MathF.Exp(-(float)(TimeSpan.FromDays(1) / Decay.SlowTime));

    // A node that looks for its peers, or has lost them, does not know what they saw; that they did not see a host it cannot say.
    private bool HearsTheNetwork => exchange is null || (exchange.IsReady && !(exchange.SeeksPeers && alone!.IsAlone));

    public ValueTask<HostSighting?> AskAsync(IPAddress address, CancellationToken cancel)
    {
        var sighting = new HostSighting(
            ledger.ReadHost(IpBlock.Of(address), ledger.Now).Slow >= DayOld,
            trust.Find(address) is not null,
            nodes?.Contains(address) == true);
        return ValueTask.FromResult<HostSighting?>(sighting is { Seen: false, Trusted: false, Node: false } && !HearsTheNetwork ? null : sighting);
    }
}
