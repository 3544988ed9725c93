using System.Globalization;
using Spectre.Console;
using ThrottleNet.MxNode.Doctor;

namespace ThrottleNet.MxNode.Cli;

/// <summary>Prints a <see cref="DoctorReport"/> for people, and shows on a terminal what is still being checked.</summary>
internal static class DoctorOutput
{
    private const string Indent = "        ";

    /// <summary>Runs the checks. Progress goes to standard error, and only where that is a terminal.</summary>
    public static async Task<DoctorReport> WithProgressAsync(Func<IProgress<string>?, Task<DoctorReport>> examine)
    {
        if (Console.IsErrorRedirected)
        {
            return await examine(null);
        }

        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await terminal.Status().StartAsync("checking", status => examine(new Shown(running => status.Status($"checking {Markup.Escape(running)}"))));
    }

    /// <summary>Prints the findings under their headings, the advice below each, and a last line with the count. Coloured where the output is a terminal.</summary>
    public static void Write(DoctorReport report)
    {
        Line(report.AsIf is null ? report.Domain : $"{report.Domain}, as if it had published MX 0 {report.AsIf}.", "bold");
        foreach (var group in report.Findings.GroupBy(f => f.Group))
        {
            Line("");
            Line(group.Key, "bold");
            foreach (var finding in group)
            {
                Line($"  {Word(finding.Level)}  {finding.Text}", Style(finding.Level), 6);
                if (finding.Advice is { } advice)
                {
                    Line($"{Indent}-> {advice}");
                }
            }
        }

        Line("");
        var counts = report.Findings.CountBy(f => f.Level).ToDictionary(pair => pair.Key, pair => pair.Value);
        Line(
            string.Create(CultureInfo.InvariantCulture, $"{Word(report.Level)}: {counts.GetValueOrDefault(FindingLevel.Pass)} passed, {counts.GetValueOrDefault(FindingLevel.Warn)} to look at, {counts.GetValueOrDefault(FindingLevel.Fail)} failed, {counts.GetValueOrDefault(FindingLevel.Skip)} not checked"),
            Style(report.Level));
    }

    private static string Word(FindingLevel level) => level switch
    {
        FindingLevel.Pass => "pass",
        FindingLevel.Skip => "skip",
        FindingLevel.Warn => "warn",
        _ => "FAIL",
    };

    private static string Style(FindingLevel level) => level switch
    {
        FindingLevel.Pass => "green",
        FindingLevel.Skip => "grey",
        FindingLevel.Warn => "yellow",
        _ => "red",
    };

    /// <param name="text">The line.</param>
    /// <param name="style">Its style on a terminal.</param>
    /// <param name="styled">The number of characters that get it; by default all.</param>
    private static void Line(string text, string style = "default", int styled = int.MaxValue)
    {
        if (Console.IsOutputRedirected)
        {
            Console.WriteLine(text);
            return;
        }

        var end = Math.Min(styled, text.Length);
        AnsiConsole.MarkupLine($"[{style}]{Markup.Escape(text[..end])}[/]{Markup.Escape(text[end..])}");
    }

    // Progress<T> would report on the thread pool, perhaps after the end.
    private sealed class Shown(Action<string> show) : IProgress<string>
    {
        public void Report(string value) => show(value);
    }
}
