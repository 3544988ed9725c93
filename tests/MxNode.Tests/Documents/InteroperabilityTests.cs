using System.Text.RegularExpressions;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>The tests that docs/interoperability.md names: each exists, and each case has one.</summary>
public sealed partial class InteroperabilityTests
{
    [Fact]
    public void Each_test_that_the_document_names_exists()
    {
        var sources = Repository.Sources("tests", ".cs").ToLookup(file => Path.GetFileNameWithoutExtension(file));
        var named = Test().Matches(File.ReadAllText(Repository.File("docs/interoperability.md"))).Select(m => (Class: m.Groups[1].Value, Method: m.Groups[2].Value)).ToList();
        Assert.InRange(named.Count, 60, int.MaxValue);
        Repository.Expect(named
            .Where(test => !sources[test.Class].Any(file => File.ReadAllText(Repository.File(file)).Contains($" {test.Method}(", StringComparison.Ordinal)))
            .Select(test => $"{test.Class}.{test.Method}, in docs/interoperability.md, is no test"));
    }

    [Fact]
    public void Each_row_names_a_test()
    {
        var rows = File.ReadLines(Repository.File("docs/interoperability.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.Contains("| shown by |", StringComparison.Ordinal)).ToList();
        Assert.InRange(rows.Count, 36, int.MaxValue);
        Repository.Expect(rows.Where(row => !Test().IsMatch(row)).Select(row => $"no test is named in: {row}"));
    }

    [Fact]
    public void The_cases_are_numbered_in_one_table()
    {
        var cases = File.ReadLines(Repository.File("docs/interoperability.md")).Where(line => line.StartsWith("| C", StringComparison.Ordinal)).Select(line => line.Split('|')[1].Trim()).ToList();
        Assert.Equal(Enumerable.Range(1, cases.Count).Select(i => $"C{i}"), cases);
        Assert.InRange(cases.Count, 36, int.MaxValue);
    }

    [GeneratedRegex("`([A-Za-z0-9]+Tests)\\.([A-Za-z0-9_]+)`")]
    private static partial Regex Test();
}
