using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Admin;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>block BLOCK</c>: what a running node has counted of an address or a network, and what it would do.</summary>
internal static class BlockCommand
{
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
        return AdminClient.Command("block", "Show what a running node has counted of an address or a network, who reported it, and the verdict.", block, b => $"api/block/{b}", AdminJson.Default.AddressReport, Print);
    }

    private static void Print(AddressReport report)
    {
        if (report.Counted is { } counted)
        {
            PrintCounts(report, counted);
        }

        foreach (var area in report.Areas)
        {
            Console.WriteLine($"{area.Block}: newcomers {Number(area.NewcomersPerHour)} an hour of {Number(area.LimitPerHour)}, waiting {Number(area.WaitingPerHour)}, with standing {Number(area.StandingPerHour)}");
        }

        Console.WriteLine(report.Standing
            ? "with standing: sites and regions do not limit it (p = 1)"
            : $"a newcomer's attempt passes these limits with the chance p = {Number(report.Chance)}");

        if (report.Trusted is { } entry)
        {
            Console.WriteLine(report.TrustedPerHour is { } rate
                ? string.Create(CultureInfo.InvariantCulture, $"{report.Address} is trusted by {entry} up to {rate} recipients an hour, of which it uses {Number(report.TrustedUsedPerHour)}")
                : $"{report.Address} is trusted by {entry}: forward at once, uncounted");
        }

        if (report.Verdict is not { } verdict)
        {
            Console.WriteLine($"{report.Address}: at {Number(report.Load * 100)} % of its limit for newcomers; above it, their attempts pass by chance");
        }
        else if (report.Reason != nameof(VerdictReason.Trusted))
        {
            Console.WriteLine($"{report.Address}: {verdict.ToLowerInvariant()} ({report.Reason})"
                + (report.RetryAfter > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $", passes again in {Math.Ceiling(report.RetryAfter.TotalMinutes)} min") : ""));
        }

        foreach (var reporter in report.Reporters)
        {
            Console.WriteLine($"reported by {reporter.Operator}: {Number(reporter.PerHour)} an hour");
        }

        if (report.BadRecipientsPerHour > 0)
        {
            Console.WriteLine($"unknown recipients: {Number(report.BadRecipientsPerHour)} an hour");
        }

        if (report.ContentRejectsPerHour > 0)
        {
            Console.WriteLine($"messages refused by content filters: {Number(report.ContentRejectsPerHour)} an hour");
        }
    }

    private static void PrintCounts(AddressReport report, CountedRecipients counted)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in new[] { "recipients of", "counted here", "reported", "limit", "today", "limit", "left now" })
        {
            table.AddColumn(new TableColumn(column) { Alignment = column == "recipients of" ? Justify.Left : Justify.Right });
        }

        table.AddRow(
            report.Levels[0].Block, Recipients(counted.Here), Recipients(counted.Reported), Number(counted.Limit), Recipients(counted.Today), Number(counted.TodayLimit),
            counted.Left.ToString(CultureInfo.InvariantCulture));
        AnsiConsole.Write(table);
        Console.WriteLine("the counts fade by 63 % in 30 minutes, those of today in 12 hours");
        Console.WriteLine(report.FirstSeen is { } since
            ? string.Create(CultureInfo.InvariantCulture, $"first seen {since:u}, {(report.Standing ? "with standing" : "a newcomer")}")
            : "never seen");
    }

    private static string Recipients(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
