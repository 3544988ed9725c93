using System.Text.RegularExpressions;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>
/// Each block of commands in a document (a fence with the language sh) is run by a test that reads it from there. <see cref="Runners"/> says by which; a new block
/// needs a row, and its heading in that test.
/// </summary>
public sealed partial class CommandTests
{
    private const string Walk = "tests/Real.Tests/Walk/";

    // Document, heading, number of blocks, and the file that reads them.
    private static readonly (string Document, string Heading, int Blocks, string Runner)[] Runners =
    [
        ("README.md", "## Set-up", 2, Walk + "NewcomerWalkTests.cs"), // the second, "dotnet test", is what .ci/run reads and runs
        ("README.md", "## The first ten minutes of an operator", 3, Walk + "NewcomerWalkTests.cs"),
        ("docs/operator.md", "## Join a network", 1, Walk + "NewcomerWalkTests.cs"),
        ("docs/operator.md", "## More than one machine", 1, Walk + "NewcomerWalkTests.cs"),
        ("docs/domain-owner.md", "## Before you publish", 2, Walk + "DomainOwnerWalkTests.cs"),
        ("docs/list-admin.md", "## To enrol a list host", 2, Walk + "ListAdminWalkTests.cs"),
        ("docs/trusted-sender.md", "## With Postfix: one line", 1, Walk + "TrustedSenderWalkTests.cs"),
        ("docs/install.md", "## Debian package", 2, "tests/Real.Tests/Packages/DebianPackageTests.cs"),
        ("docs/install.md", "## One program", 1, "tests/Real.Tests/Packages/ReleaseTests.cs"),
        ("k8s/README.md", "## One node beside a mail server", 1, "tests/Real.Tests/Kubernetes/WalkTests.cs"),
        ("k8s/README.md", "## A cluster", 2, "tests/Real.Tests/Kubernetes/WalkTests.cs"),
    ];

    // Fences without a language whose commands no test runs: the image needs a container engine (ImageTests starts its program in its files), and benchmarks take
    // long and assert no time.
    private static readonly (string Document, string Heading)[] NotRun = [("docs/install.md", "## Container"), ("docs/performance.md", "## The decision")];

    private static IReadOnlyList<string> Documents => ["README.md", "CONTRIBUTING.md", "SECURITY.md", "k8s/README.md", .. Repository.Sources("docs", ".md")];

    [Fact]
    public void Each_block_of_commands_has_a_test_that_runs_it()
    {
        var blocks = Documents.SelectMany(Blocks).Where(b => b.Language == "sh").GroupBy(b => (b.Document, b.Heading)).Select(g => (g.Key.Document, g.Key.Heading, g.Count()));
        Assert.Equal(Runners.Select(r => (r.Document, r.Heading, r.Blocks)).Order(), blocks.Order());
    }

    [Fact]
    public void Each_of_these_tests_reads_the_block_from_its_document() => Repository.Expect(
        from runner in Runners
        let source = File.ReadAllText(Repository.File(runner.Runner))
        from text in new[] { $"\"{runner.Document}\"", $"\"{runner.Heading}\"", "InstallDocument.Blocks(" }
        where !source.Contains(text, StringComparison.Ordinal)
        select $"{runner.Runner} does not contain {text}");

    [Fact]
    public void The_command_that_runs_the_tests_is_read_from_the_readme() =>
        Assert.Contains("grep -m 1 '^dotnet test' README.md", File.ReadAllText(Repository.File(".ci/run")), StringComparison.Ordinal);

    [Fact]
    public void Commands_stand_in_no_other_block() => Repository.Expect(
        from block in Documents.SelectMany(Blocks)
        where block.Language is not "sh" && Program().IsMatch(block.Text) && !NotRun.Contains((block.Document, block.Heading))
        select $"{block.Document}, {block.Heading}: give the block the language sh, and run it in a test");

    private static IEnumerable<(string Document, string Heading, string Language, string Text)> Blocks(string document)
    {
        var heading = "";
        var lines = File.ReadAllLines(Repository.File(document));
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("## ", StringComparison.Ordinal))
            {
                heading = lines[i];
            }
            else if (lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                var text = lines.Skip(i + 1).TakeWhile(l => l.Trim() != "```").ToList();
                yield return (document, heading, lines[i].Trim()[3..], string.Join('\n', text));
                i += text.Count + 1;
            }
        }
    }

    [GeneratedRegex(@"(?m)^ *(\$ )?(\./)?(dotnet|throttlenet(?= [a-z-])|…|kubectl|podman|docker|apt-get|apt|systemctl|swaks|setcap|dig|curl|postconf|postmap|redis-server|packaging/release) ")]
    private static partial Regex Program();
}
