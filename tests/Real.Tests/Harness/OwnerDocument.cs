using System.Text.RegularExpressions;
using ThrottleNet.Real.Tests.Packages;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>The settings of docs/domain-owner.md that stand in its text and tables, for tests that run them.</summary>
internal static partial class OwnerDocument
{
    /// <summary>What a row of the table of "A real MX that checks senders" says to set.</summary>
    /// <param name="program">The row's first word.</param>
    public static IReadOnlyList<string> Row(string program)
    {
        var row = Assert.Single(File.ReadLines(Path.Combine(ReleaseFiles.Source, "docs/domain-owner.md")), l => l.StartsWith($"| {program} ", StringComparison.Ordinal));
        return [.. Code().Matches(row.Split('|')[2]).Select(match => match.Groups[1].Value)];
    }

    /// <summary>The code span that begins so.</summary>
    public static string Span(string start) =>
        Assert.Single(Code().Matches(File.ReadAllText(Path.Combine(ReleaseFiles.Source, "docs/domain-owner.md"))).Select(match => match.Groups[1].Value), code => code.StartsWith(start, StringComparison.Ordinal));

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();
}
