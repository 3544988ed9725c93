using System.Text.RegularExpressions;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>The places that docs/architecture.md names: each file has the type that its link is named by, and the type has the member.</summary>
public sealed partial class ArchitectureTests
{
    [Fact]
    public void Each_type_and_member_is_in_the_file_that_its_link_leads_to()
    {
        var places = Place().Matches(File.ReadAllText(Repository.File("docs/architecture.md"))).Select(m => (name: m.Groups[1].Value, file: m.Groups[2].Value)).ToList();
        Assert.InRange(places.Count, 50, int.MaxValue);
        Repository.Expect(places.Where(p => !ProductCode.Has(p.name)).Select(p => $"{p.name} is not in the code"));
        Repository.Expect(places.Where(p => !IsIn(p.file, p.name.Split('.'))).Select(p => $"{p.name} is not in {p.file}"));
    }

    private static bool IsIn(string file, string[] names)
    {
        var path = Repository.File(file);
        return File.Exists(path) && names.All(File.ReadAllText(path).Contains);
    }

    // [Type.Member](../src/….cs)
    [GeneratedRegex(@"\[([A-Za-z.]+)\]\(\.\./(src/[^)]+\.cs)\)")]
    private static partial Regex Place();
}
