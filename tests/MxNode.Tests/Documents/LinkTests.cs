using System.Text.RegularExpressions;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>What documents point at is there: files by link and by name, and headings.</summary>
public sealed partial class LinkTests
{
    private static IReadOnlyList<string> Documents => ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "k8s/README.md", .. Repository.Sources("docs", ".md")];

    [Fact]
    public void Each_link_leads_to_a_file_and_a_heading()
    {
        var links = Documents.SelectMany(document => Link().Matches(Text(document)).Select(m => (document, file: m.Groups[1].Value, heading: m.Groups[2].Value))).ToList();
        Assert.InRange(links.Count, 30, int.MaxValue);
        Repository.Expect(links.Where(l => !Path.Exists(Target(l.document, l.file))).Select(l => $"{l.document} links to {l.file}, which is not there"));
        Repository.Expect(links
            .Where(l => l.heading.Length > 0 && File.Exists(Target(l.document, l.file)) && !Headings(Target(l.document, l.file)).Contains(l.heading))
            .Select(l => $"{l.document} links to #{l.heading} of \"{l.file}\", which has no such heading"));
    }

    [Fact]
    public void Each_path_of_the_repository_that_a_document_names_is_there() =>
        Repository.Expect(Documents.SelectMany(document => RepositoryPath().Matches(Text(document)).Select(m => m.Groups[1].Value).Where(path => !Path.Exists(Repository.File(path))).Select(path => $"{document} names {path}, which is not there")));

    private static string Text(string document) => File.ReadAllText(Repository.File(document));

    // A link to a heading of the same document has no file.
    private static string Target(string document, string file) =>
        file.Length == 0 ? Repository.File(document) : Path.Combine(Path.GetDirectoryName(Repository.File(document))!, file);

    private static IEnumerable<string> Headings(string file) =>
        File.ReadLines(file).Where(l => l.StartsWith('#')).Select(l => NoAnchor().Replace(l.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)")]
    private static partial Regex Link();

    // In backticks, without a placeholder.
    [GeneratedRegex(@"`((?:src|tests|proto|docs|k8s|packaging)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"[^\w -]")]
    private static partial Regex NoAnchor();
}
