using System.Text.RegularExpressions;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>Checks docs/glossary.md: each word has one row, and each name in the column "in the code" exists in the code.</summary>
public sealed partial class GlossaryTests
{
    [Fact]
    public void Each_name_of_the_code_is_a_type_or_a_member() =>
        Repository.Expect(Rows().SelectMany(r => Name().Matches(r.Code).Select(m => m.Groups[1].Value)).Where(name => !ProductCode.Has(name)).Select(name => $"{name}, in docs/glossary.md, is not in the code"));

    [Fact]
    public void Each_word_stands_once()
    {
        var words = Rows().SelectMany(r => r.Word.Split(", ")).ToList();
        Assert.InRange(words.Count, 60, int.MaxValue);
        Repository.Expect(words.GroupBy(w => w).Where(g => g.Count() > 1).Select(g => $"\"{g.Key}\" stands {g.Count()} times in docs/glossary.md"));
    }

    private static List<(string Word, string Code)> Rows() =>
    [
        .. File.ReadLines(Repository.File("docs/glossary.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| word |", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => (cells[1], cells[3])),
    ];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();
}
