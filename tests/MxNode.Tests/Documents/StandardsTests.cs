using System.Text.RegularExpressions;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>The tables of RFCs in docs/standards.md against the code: every RFC that the code cites has a row, and the rows lead to files that cite it.</summary>
public sealed partial class StandardsTests
{
    private static readonly string[] States = ["implemented", "partly", "not"];

    [Fact]
    public void Each_RFC_that_the_code_cites_has_a_row()
    {
        var rows = Rows().SelectMany(r => r.Rfcs).ToHashSet();
        var cited = Repository.Sources("src", ".cs").Concat(Repository.Sources("proto", ".proto")).SelectMany(file => Cited(file).Select(rfc => (rfc, file))).ToList();
        Assert.True(cited.Count > 100);
        Repository.Expect(cited.Where(c => !rows.Contains(c.rfc)).Select(c => $"RFC {c.rfc}, cited in {c.file}, has no row in docs/standards.md"));
    }

    [Fact]
    public void Each_file_of_a_row_is_there_and_cites_its_RFC()
    {
        var links = Rows().SelectMany(row => row.Files.SelectMany(file => row.Rfcs.Select(rfc => (rfc, file)))).ToList();
        Repository.Expect(links.Where(l => !File.Exists(Repository.File(l.file))).Select(l => $"{l.file} is not there, though docs/standards.md names it for RFC {l.rfc}").Distinct());
        Repository.Expect(links.Where(l => File.Exists(Repository.File(l.file)) && !Cited(l.file).Contains(l.rfc)).Select(l => $"{l.file} does not cite RFC {l.rfc}"));
    }

    [Fact]
    public void Each_row_has_a_state_and_what_is_implemented_has_a_file()
    {
        var rows = Rows();
        Repository.Expect(rows.Where(r => !States.Contains(r.State)).Select(r => $"RFC {r.Rfcs[0]}: \"{r.State}\" is none of {string.Join(", ", States)}"));
        Repository.Expect(rows.Where(r => r.State != "not" && r.Files.Count == 0).Select(r => $"RFC {r.Rfcs[0]} is {r.State}, but no file is named"));
        Repository.Expect(rows.Where(r => r.State != "implemented" && r.Remarks.Length == 0).Select(r => $"RFC {r.Rfcs[0]} is \"{r.State}\", but no reason is given"));
        Repository.Expect(rows.SelectMany(r => r.Rfcs).GroupBy(rfc => rfc).Where(g => g.Count() > 1).Select(g => $"RFC {g.Key} has {g.Count()} rows"));
    }

    private static IReadOnlyList<int> Cited(string file) => Numbers(File.ReadAllText(Repository.File(file)));

    private static IReadOnlyList<int> Numbers(string text) => [.. Rfc().Matches(text).Select(m => int.Parse(m.Groups[1].ValueSpan)).Distinct()];

    private static List<Row> Rows() =>
    [
        .. File.ReadLines(Repository.File("docs/standards.md"))
            .Where(line => line.StartsWith("| RFC ", StringComparison.Ordinal) && char.IsAsciiDigit(line[6]))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => new Row(Numbers(cells[1]), cells[3], [.. Link().Matches(cells[4]).Select(m => m.Groups[1].Value)], cells[5])),
    ];

    [GeneratedRegex(@"RFC (\d+)")]
    private static partial Regex Rfc();

    [GeneratedRegex(@"\]\(\.\./([^)]+)\)")]
    private static partial Regex Link();

    private sealed record Row(IReadOnlyList<int> Rfcs, string State, IReadOnlyList<string> Files, string Remarks);
}
