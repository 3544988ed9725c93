using System.Text.RegularExpressions;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>What docs/security.md says cannot be done is tried by a test, which it names.</summary>
public sealed partial class SecurityTests
{
    private static readonly string[] Headings = ["| cannot | because | tried by |", "| attack | what holds it off | tried by |"];

    [Fact]
    public void Each_row_names_classes_of_tests_that_exist()
    {
        var classes = Repository.Sources("tests", ".cs").Select(file => Path.GetFileNameWithoutExtension(file)).ToHashSet();
        var rows = Rows(File.ReadLines(Repository.File("docs/security.md"))).ToList();
        Assert.InRange(rows.Count, 80, int.MaxValue);
        Repository.Expect(rows.Where(row => !TriedBy().IsMatch(row)).Select(row => $"no test is named in: {row}"));
        Repository.Expect(rows
            .SelectMany(row => Class().Matches(row[row.LastIndexOf(" | ", StringComparison.Ordinal)..]))
            .Where(name => !classes.Contains(name.Groups[1].Value))
            .Select(name => $"{name.Value}, in docs/security.md, is no class of tests"));
    }

    private static IEnumerable<string> Rows(IEnumerable<string> lines)
    {
        var inTable = false;
        foreach (var line in lines)
        {
            inTable = Headings.Contains(line) || (inTable && line.StartsWith('|'));
            if (inTable && !Headings.Contains(line) && !line.StartsWith("|---", StringComparison.Ordinal))
            {
                yield return line;
            }
        }
    }

    [GeneratedRegex(@" \| (`\w+Tests`(, )?)+ \|$")]
    private static partial Regex TriedBy();

    [GeneratedRegex(@"`(\w+Tests)`")]
    private static partial Regex Class();
}
