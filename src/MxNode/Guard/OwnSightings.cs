using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Guard;

/// <summary>This node's knowledge of a host: its own counts, its peers' reports and its trusted list.</summary>
internal sealed class OwnSightings(NodeThrottle throttle, TrustBook trust, TrustedBlocks blocks, NetworkView network, StrangerTable strangers) : ISightings
{
    /// <summary>A slow counter that held one attempt a day ago: it falls by the factor e in twelve hours.</summary>
    public static readonly float DayOld = MathF.Exp(-(float)(TimeSpan.FromDays(1) / Decay.SlowTime));

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // This node's own guard, among the guards that report and ask.
    private const string OwnGuard = "";

    public ValueTask<HostSighting?> AskAsync(IPAddress address, CancellationToken cancel) => ValueTask.FromResult(Ask(address, OwnGuard));

    public void Report(IPAddress address) => Report(address, OwnGuard);

    /// <inheritdoc cref="Report(IPAddress)"/>
    /// <param name="guard">The guard that met the host.</param>
    public void Report(IPAddress address, string guard) => strangers.Note(IpBlock.Of(address), guard);

    /// <inheritdoc cref="ISightings.AskAsync"/>
    /// <param name="guard">The guard that asks; null: another client.</param>
    public HostSighting? Ask(IPAddress address, string? guard)
    {
        var block = IpBlock.Of(address);
        // Patient retries count no units, but they are attempts.
        var seen = throttle.Read(block).Slow >= DayOld || throttle.HasTried(block, Day) || strangers.IsSeen(block, guard);
        var relay = network.IsRelay(address);
        switch (trust.IsTrusted(address, out _))
        {
            case true:
                return new HostSighting(seen, Trusted: true, relay);
            case null when !relay:
                return null;
        }

        return relay || seen || network.HearsOthers
            ? new HostSighting(
                seen, Trusted: false, relay, !relay && (blocks.Holds(address) || network.HasRelayIn(block)), seen && !relay ? throttle.Describe(block).Verdict.RetryAfter : TimeSpan.Zero)
            : null;
    }
}
