using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Answers what the node knows of an address or of a network.</summary>
internal static class BlockEndpoint
{
    /// <param name="http">The request.</param>
    /// <param name="block">From the path, perhaps with its slash escaped.</param>
    public static IResult Answer(HttpContext http, string block)
    {
        if (!CountedBlock.TryParse(Uri.UnescapeDataString(block), out var asked, out var error))
        {
            return Results.Text(error + "\n", statusCode: StatusCodes.Status400BadRequest);
        }

        var throttle = http.RequestServices.GetRequiredService<Throttle.Throttle>();
        var trust = http.RequestServices.GetRequiredService<TrustBook>();
        return Results.Json(asked.IsHost ? OfHost(asked, throttle, trust, http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow()) : OfNetwork(asked, throttle, trust), AdminJson.Default.AddressReport);
    }

    private static AddressReport OfHost(CountedBlock asked, Throttle.Throttle throttle, TrustBook trust, DateTimeOffset now)
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
            Counted = new(
                report.Counts.Own, report.Counts.Others, report.Limits.Hard / Decay.FastPerHour, report.Counts.Slow, report.Limits.Day / Decay.SlowPerDay, report.Left),
        };
    }

    // A site or region has no verdict of its own: over its limit it thins its newcomers.
    private static AddressReport OfNetwork(CountedBlock asked, Throttle.Throttle throttle, TrustBook trust)
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
