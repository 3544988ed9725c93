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
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in new[] { "block", "own/h", "reported/h", "a day", "soft/h", "hard/h", "day limit" })
        {
            table.AddColumn(new TableColumn(column) { Alignment = column == "block" ? Justify.Left : Justify.Right });
        }

        foreach (var level in report.Levels)
        {
            table.AddRow(level.Block, Number(level.OwnPerHour), Number(level.OthersPerHour), Number(level.PerDay), Number(level.SoftPerHour), Number(level.HardPerHour), Number(level.DayLimit));
        }

        if (report.Levels.Count > 0)
        {
            AnsiConsole.Write(table);
            Console.WriteLine(report.FirstSeen is { } since
                ? string.Create(CultureInfo.InvariantCulture, $"first seen {since:u}, {(report.Standing ? "with standing" : "a newcomer")}")
                : "never seen");
        }

        foreach (var area in report.Areas)
        {
            Console.WriteLine($"{area.Block}: newcomers {Number(area.NewcomersPerHour)} an hour of {Number(area.LimitPerHour)}, waiting {Number(area.WaitingPerHour)}, with standing {Number(area.StandingPerHour)}");
        }

        if (report.Chance < 1)
        {
            Console.WriteLine($"a newcomer's attempt passes with a chance of {Number(report.Chance * 100)} %");
        }

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
            Console.WriteLine($"{report.Address}: {verdict.ToLowerInvariant()} ({report.Reason}), at {Number(report.Load * 100)} % of its limit of {Number(report.LimitPerHour)} an hour"
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

    private static string Number(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
