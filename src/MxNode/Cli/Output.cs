using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ThrottleNet.MxNode.Cli;

/// <summary>How commands print for people.</summary>
internal static class Output
{
    // An output that is no terminal has no width. Tables must not be folded there: programs and tests read them by lines.
    private const int WidthOfFiles = 240;

    /// <summary>Prints a table.</summary>
    public static void Write(IRenderable table)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthOfFiles;
        }

        AnsiConsole.Write(table);
    }

    /// <summary>A table without a frame, with a header line.</summary>
    /// <param name="columns">The headings; one that ends with '#' is right-aligned, and printed without it.</param>
    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns)
        {
            var isNumber = column.EndsWith('#');
            table.AddColumn(new TableColumn(column.TrimEnd('#')) { Alignment = isNumber ? Justify.Right : Justify.Left, NoWrap = true });
        }

        return table;
    }

    /// <summary>A moment in UTC, to the second: 2026-11-28 18:00:00Z.</summary>
    public static string Time(DateTimeOffset moment) => moment.ToString("u", CultureInfo.InvariantCulture);
}
