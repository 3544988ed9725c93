using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Describes what the node knows of an address or of a network.</summary>
internal static class BlockReports
{
    public static AddressReport Describe(CountedBlock asked, NodeThrottle throttle, TrustBook trust, DateTimeOffset now) =>
        asked.IsHost ? OfHost(asked, throttle, trust, now) : OfNetwork(asked, throttle, trust);

    private static AddressReport OfHost(CountedBlock asked, NodeThrottle throttle, TrustBook trust, DateTimeOffset now)
    {
        var entry = trust.Find(asked.Network.BaseAddress);
        var used = entry?.RatePerHour is null ? 0 : throttle.QuotaPerHour(asked.Block);
        var passes = entry is not null && (entry.RatePerHour is not { } rate || used < rate);
        var report = throttle.Describe(asked.Block);
        return new AddressReport(
            asked.Text,
            entry?.Network.ToString(),
            entry?.RatePerHour,
            used,
            [
                new AddressLevel(
                    asked.Block.ToString(), report.Counts.Own * Decay.FastPerHour, report.Counts.Others * Decay.FastPerHour, report.Counts.PerDay,
                    report.Limits.Soft, report.Limits.Hard, report.Limits.Day),
            ],
            report.BadRecipients.PerHour,
            report.ContentRejects.PerHour,
            report.Limits.Hard,
            report.Load,
            passes ? nameof(VerdictAction.Forward) : report.Verdict.Action.ToString(),
            passes ? nameof(VerdictReason.Trusted) : report.Verdict.Reason.ToString(),
            passes ? TimeSpan.Zero : report.Verdict.Delay,
            passes ? TimeSpan.Zero : report.Verdict.RetryAfter,
            [.. report.Reporters.Select(r => new AddressReporter(r.Operator, r.PerHour))],
            report.Age > TimeSpan.Zero || report.Counts.PerDay > 0 ? now - report.Age : null,
            report.Standing,
            [.. report.Areas.Select(AreaOf)],
            report.Chance)
        {
            Counted = CountedRecipients.Of(report, throttle.CountedOf(asked.Block), passes),
        };
    }

    // A site or region has no verdict of its own: over its limit it thins its newcomers.
    private static AddressReport OfNetwork(CountedBlock asked, NodeThrottle throttle, TrustBook trust)
    {
        var entry = trust.Find(asked.Network.BaseAddress) is { } found && found.Network.PrefixLength <= asked.Network.PrefixLength ? found : null;
        AddressArea[] areas = [.. throttle.Describe(IpBlock.Of(asked.Network.BaseAddress)).Areas.Where(a => a.Block.Level >= asked.Block.Level).Select(AreaOf)];
        var load = areas[0].NewcomersPerHour / areas[0].LimitPerHour;
        return new AddressReport(
            asked.Text, entry?.Network.ToString(), entry?.RatePerHour, 0, [], 0, 0, areas[0].LimitPerHour, load, null, null, TimeSpan.Zero, TimeSpan.Zero, [],
            null, Standing: false, areas, Math.Min(1, 1 / Math.Max(load, double.Epsilon)));
    }

    private static AddressArea AreaOf(AreaReport area) =>
        new(area.Block.ToString(), area.NewcomersPerHour, area.WaitingPerHour, area.StandingPerHour, area.LimitPerHour);
}
