using System.CommandLine;
using System.Globalization;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>block BLOCK</c>: what a running node has counted of an address or a network, and what it would do.</summary>
internal static class BlockCommand
{
    // The labels' column.
    private const int Indent = 20;

    public static Command Create()
    {
        var block = new Argument<string>("BLOCK") { Description = "An IPv4 or IPv6 address, or a network: IPv4 /24 or /16, IPv6 /64, /48 or /32." };
        block.Validators.Add(result =>
        {
            if (!CountedBlock.TryParse(result.Tokens.SingleOrDefault()?.Value ?? "", out _, out var error))
            {
                result.AddError(error);
            }
        });
        return AdminClient.Command("block", "Show what a running node has counted of an address or a network, who reported it, and the verdict.", block, b => $"api/block/{Uri.EscapeDataString(b!)}", AdminJson.Default.AddressReport, Print);
    }

    private static void Print(AddressReport report)
    {
        Console.WriteLine($"{report.Address}: {Verdict(report)}");
        if (report.Trusted is { } entry)
        {
            Line("trusted", report.TrustedPerHour is { } rate
                ? $"by the entry {entry}, up to {Plural.Of(rate, "recipient")} an hour, of which it uses {Number(report.TrustedUsedPerHour)}"
                : $"by the entry {entry}, without limit: its mail is not counted");
        }

        if (report.Counted is { } counted)
        {
            Line("counted here", $"{Plural.Of(counted.LastHour, "recipient")} in the last hour, {Number(counted.LastDay)} in the last day");
            Line("reported by others", counted.Reported == 0 ? "nothing" : $"about {Plural.Of(counted.Reported, "recipient")} of late{Reporters(report)}");
            Line("limits", $"{Number(counted.HourLimit)} an hour, {Number(counted.DayLimit)} a day; {Number(counted.AtOnce)} at once after a silence");
            Line("allowance left", Plural.Of(counted.Left, "recipient"));
            Line("first seen", report.FirstSeen is { } since ? $"{Output.Time(since)}, {(report.Standing ? "known well: its subnet's limits do not apply" : "a newcomer: its subnet's limits apply")}" : "never");
        }

        if (report.BadRecipientsPerHour > 0)
        {
            Line("unknown recipients", $"{Number(report.BadRecipientsPerHour)} an hour");
        }

        if (report.ContentRejectsPerHour > 0)
        {
            Line("refused by filters", $"{Plural.Of(report.ContentRejectsPerHour, "message")} an hour");
        }

        foreach (var area in report.Areas)
        {
            Line(area.Block, $"its newcomers use {Number(100 * area.NewcomersPerHour / area.LimitPerHour)} % of the {Plural.Of(area.LimitPerHour, "recipient")} an hour that they share");
        }

        if (report.Chance < 1)
        {
            Line("newcomers' chance", $"{Number(report.Chance * 100)} % of their attempts pass now; the others are told to come again in 15 minutes");
        }
    }

    private static string Verdict(AddressReport report) => (report.Verdict, report.Counted) switch
    {
        (null, _) => report.Load >= 1 ? "over the limit that its newcomers share; it is never refused itself" : "within the limit that its newcomers share",
        (nameof(VerdictAction.Forward), _) => $"the next recipient is passed on at once ({Reason(report.Reason)})",
        (nameof(VerdictAction.Slow), _) => string.Create(CultureInfo.InvariantCulture, $"the next recipient is passed on, slowed by {report.Delay.TotalSeconds:0} s ({Reason(report.Reason)})"),
        (nameof(VerdictAction.Defer), { } counted) => $"the next recipient is deferred with 451 ({Reason(report.Reason)}); free in {Plural.Of(counted.MinutesUntilFree, "minute")}",
        (_, { } counted) => $"its connections are refused with 421 ({Reason(report.Reason)}); free in {Plural.Of(counted.MinutesUntilFree, "minute")}",
        (var verdict, _) => $"{verdict} ({Reason(report.Reason)})",
    };

    private static string Reason(string? reason) => reason switch
    {
        nameof(VerdictReason.Trusted) => "it is trusted",
        nameof(VerdictReason.PersonRate) => "it sends no more than a person",
        nameof(VerdictReason.OverSoftLimit) => "it is over its soft limit",
        nameof(VerdictReason.OverHardLimit) => "it is over its limit an hour",
        nameof(VerdictReason.OverDayLimit) => "it is over its limit a day",
        nameof(VerdictReason.FarOverLimit) => "it is far over its limit",
        nameof(VerdictReason.GuessingRecipients) => "it guesses recipients",
        nameof(VerdictReason.ManyNewcomers) => "many new hosts of its subnet send at once",
        nameof(VerdictReason.RefusedContent) => "content filters refuse its messages",
        _ => reason ?? "",
    };

    private static string Reporters(AddressReport report) =>
        report.Reporters.Count == 0 ? "" : $": {string.Join(", ", report.Reporters.Select(r => $"{r.Operator} {Number(r.PerHour / Decay.FastPerHour)}"))}";

    private static void Line(string label, string text) => Console.WriteLine($"  {label.PadRight(Indent)}{text}");

    private static string Number(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
