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
        return Results.Json(asked.IsHost ? OfHost(asked, throttle, trust) : OfNetwork(asked, throttle, trust), AdminJson.Default.AddressReport);
    }

    private static AddressReport OfHost(CountedBlock asked, Throttle.Throttle throttle, TrustBook trust)
    {
        var entry = trust.Find(asked.Network.BaseAddress);
        var vouched = entry?.RatePerHour is null ? 0 : throttle.VouchedPerHour(asked.Block);
        var passes = entry is not null && (entry.RatePerHour is not { } rate || vouched < rate);
        var report = throttle.Describe(asked.Block);
        return new AddressReport(
            asked.Text,
            entry?.Network.ToString(),
            entry?.RatePerHour,
            vouched,
            [.. report.Levels.Select(LevelOf)],
            report.BadRecipients.PerHour,
            report.Limit,
            report.Load,
            passes ? nameof(VerdictAction.Forward) : report.Verdict.Action.ToString(),
            passes ? nameof(VerdictReason.Trusted) : report.Verdict.Reason.ToString(),
            passes ? TimeSpan.Zero : report.Verdict.Delay,
            passes ? TimeSpan.Zero : report.Verdict.RetryAfter,
            [.. report.Reporters.Select(r => new AddressReporter(r.Operator, r.PerHour))]);
    }

    // A site or region has no verdict of its own: above its limits it lowers the limits of its hosts.
    private static AddressReport OfNetwork(CountedBlock asked, Throttle.Throttle throttle, TrustBook trust)
    {
        var entry = trust.Find(asked.Network.BaseAddress) is { } found && found.Network.PrefixLength <= asked.Network.PrefixLength ? found : null;
        AddressLevel[] levels = [.. throttle.Describe(IpBlock.Of(asked.Network.BaseAddress)).Levels.Where(l => l.Block.Level >= asked.Block.Level).Select(LevelOf)];
        var own = levels[0];
        var load = Math.Max((own.OwnPerHour + own.OthersPerHour) / own.HardPerHour, own.PerDay / own.DayLimit);
        return new AddressReport(asked.Text, entry?.Network.ToString(), entry?.RatePerHour, 0, levels, 0, own.HardPerHour, load, null, null, TimeSpan.Zero, TimeSpan.Zero, []);
    }

    private static AddressLevel LevelOf(LevelReport level) => new(
        level.Block.ToString(), level.OwnPerHour, level.OthersPerHour, level.PerDay, level.Limits.Soft, level.Limits.Hard, level.Limits.Day);
}
