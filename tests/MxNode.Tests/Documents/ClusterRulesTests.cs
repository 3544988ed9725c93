using System.Globalization;
using System.Text.RegularExpressions;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>The table in docs/cluster-protocol.md that names tests of each rule.</summary>
public sealed partial class ClusterRulesTests
{
    private const string Document = "docs/cluster-protocol.md";
    private const string Head = "| rule | fails without it, in `Cluster.Tests` | through grains, in `MxNode.Tests` |";

    [Fact]
    public void Each_rule_has_a_row_that_names_its_tests_in_both_projects()
    {
        var lines = File.ReadAllLines(Repository.File(Document));
        var rules = lines.Select(line => Rule().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value).ToList();
        var rows = lines.SkipWhile(line => line != Head).Skip(2).TakeWhile(line => line.StartsWith('|')).Select(row => row.Split('|', StringSplitOptions.TrimEntries)[1..4]).ToList();
        Assert.Equal(Enumerable.Range(1, 17).Select(number => number.ToString(CultureInfo.InvariantCulture)), rules);
        Assert.Equal(rules, rows.Select(row => row[0]));
        Repository.Expect(rows.SelectMany(row => Faults(row[0], row[1], "tests/Cluster.Tests/Rules").Concat(Faults(row[0], row[2], "tests/MxNode.Tests/Cluster/Rules"))));
    }

    private static IEnumerable<string> Faults(string rule, string cell, string folder)
    {
        var tests = Repository.Sources(folder, ".cs").SelectMany(file => Fact().Matches(File.ReadAllText(Repository.File(file)))).Select(match => match.Groups[1].Value).ToHashSet();
        var named = Name().Matches(cell).Select(match => match.Groups[1].Value).ToList();
        return named
            .Where(name => !tests.Contains(name) || !name.StartsWith($"Rule_{rule}_", StringComparison.Ordinal))
            .Select(name => $"{name}, in {Document} for rule {rule}, is no test of that rule in {folder}")
            .Concat(named.Count == 0 ? [$"{Document} names no test of rule {rule} in {folder}"] : []);
    }

    [GeneratedRegex(@"^\*\*(\d+)\. ")]
    private static partial Regex Rule();

    [GeneratedRegex(@"\[Fact\]\s+public (?:async Task|void) (\w+)\(")]
    private static partial Regex Fact();

    [GeneratedRegex("`(\\w+)`")]
    private static partial Regex Name();
}
