using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Guard;

/// <summary>What this node knows, by its own counts, its peers' and its list.</summary>
/// <param name="exchange">Null on a node that shares nothing, as are the two that follow.</param>
/// <param name="alone">Whether the peers have gone.</param>
internal sealed class OwnSightings(
    CountingEngine counts, CountingClock clock, TrustBook trust, TrustedBlocks blocks, ExchangeStatus? exchange = null, HoldGate? alone = null, LiveNodes? nodes = null) : ISightings
{
    /// <summary>What a slow counter still holds of one attempt a day ago: it falls by e in twelve hours.</summary>
    public static readonly float DayOld = MathF.Exp(-(float)(TimeSpan.FromDays(1) / Decay.SlowTime));

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // A node that looks for its peers, or has lost them, does not know what they saw; that they did not see a host it cannot say.
    private bool HearsTheNetwork => exchange is null || (exchange.IsReady && !(exchange.SeeksPeers && alone!.IsAlone));

    public ValueTask<HostSighting?> AskAsync(IPAddress address, CancellationToken cancel) => ValueTask.FromResult(Ask(address));

    private HostSighting? Ask(IPAddress address)
    {
        var block = IpBlock.Of(address);
        // Patient retries count no units, but they are attempts.
        var seen = counts.Read(block, clock.Now).Slow >= DayOld || counts.HasTried(block, Day, clock.Now);
        var node = nodes?.Knows(address) == true;
        switch (trust.Vouches(address, out _))
        {
            case true:
                return new HostSighting(seen, Trusted: true, node);
            case null when !node:
                return null;
        }

        return node || seen || HearsTheNetwork
            ? new HostSighting(seen, Trusted: false, node, !node && (blocks.Holds(address) || nodes?.KnowsIn(block) == true))
            : null;
    }
}
