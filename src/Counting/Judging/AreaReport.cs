using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>What is counted of a site or a region.</summary>
/// <param name="Block">The block.</param>
/// <param name="NewcomersPerHour">Attempts an hour by hosts without standing, each retry as one.</param>
/// <param name="WaitingPerHour">Attempts an hour by hosts that wait.</param>
/// <param name="StandingPerHour">Attempts an hour by hosts with standing, over the last 12 hours.</param>
/// <param name="PromotedPerDay">Hosts that got standing in a day.</param>
/// <param name="LimitPerHour">Newcomers' attempts an hour above which they are thinned.</param>
public sealed record AreaReport(
    IpBlock Block, float NewcomersPerHour, float WaitingPerHour, float StandingPerHour, float PromotedPerDay, float LimitPerHour)
{
    internal static AreaReport Of(IpBlock block, in AreaCounts counts, float limit) => new(
        block, counts.NewcomersPerHour, counts.Waiting * Decay.FastPerHour, counts.StandingPerHour, counts.PromotedPerDay, Math.Max(limit, counts.StandingPerHour));
}
