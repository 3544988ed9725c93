using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using ThrottleNet.MxNode.Cli;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>The examples in documents: commands that the program takes, and configurations without errors but for files that are not here.</summary>
public sealed partial class ExampleTests
{
    private static IReadOnlyList<string> Documents => ["README.md", "CONTRIBUTING.md", "k8s/README.md", .. Repository.Sources("docs", ".md")];

    [Fact]
    public void Each_command_is_one_that_the_program_takes()
    {
        var commands = Documents.SelectMany(document => Command().Matches(Text(document)).Select(m => (document, text: m.Groups[1].Value))).ToList();
        Assert.InRange(commands.Count, 20, int.MaxValue);
        Repository.Expect(commands.SelectMany(c => Errors(c.text).Select(error => $"{c.document}: \"{c.text}\": {error}")));
    }

    [Fact]
    public void Each_configuration_is_without_errors()
    {
        var examples = Configurations();
        Assert.InRange(examples.Count, 4, int.MaxValue);
        Repository.Expect(examples.SelectMany(example => Load(example.Text).Errors.Where(e => !IsMissingFile(e)).Select(error => $"{example.Document}: {error}")));
    }

    [Fact]
    public void The_nodes_of_all_documents_can_run_on_one_machine()
    {
        var usual = new NodeConfiguration();
        var nodes = Configurations().Where(e => e.Text.StartsWith('{')).Select(e => JsonNode.Parse(e.Text)!).ToList();
        Assert.InRange(nodes.Count, 3, int.MaxValue);
        Assert.Distinct(nodes.Select(n => n["Admin"]?["Listen"]?.ToString() ?? usual.Admin.Listen!.ToString()));
        Assert.Distinct(nodes.Select(n => n["Node"]?["DataDirectory"]?.ToString() ?? usual.Node.DataDirectory));
        Assert.Distinct(nodes.SelectMany(n => OptionsBinder.Bind<NodeConfiguration>(
            new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(n.ToJsonString()))).Build(), []).ListEndPoints().Select(e => e.EndPoint)));
    }

    // A command may go on in the next line.
    private static string Text(string document) => Continuation().Replace(File.ReadAllText(Repository.File(document)), " ");

    private static List<(string Document, string Text)> Configurations() =>
        [.. Documents.SelectMany(document => Json().Matches(Text(document)).Select(m => (document, m.Groups[1].Value.Trim())))];

    // A section alone is shown without the braces around it.
    private static ConfigurationResult Load(string example)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "node.json");
        File.WriteAllText(file, example.StartsWith('{') ? example : $"{{ {example} }}");
        return ConfigurationLoader.Load(file, []);
    }

    private static bool IsMissingFile(string error) => error.Contains(" does not exist; ", StringComparison.Ordinal);

    private static IEnumerable<string> Errors(string text)
    {
        var filled = text.Replace("FILE", "node.json", StringComparison.Ordinal).Replace("DOMAIN", "example.com", StringComparison.Ordinal).Replace("BLOCK", "192.0.2.7", StringComparison.Ordinal).Replace("$pod", "relay-0", StringComparison.Ordinal);
        var parsed = Commands.Create().Parse([.. CommandLineParser.SplitCommandLine(filled)]);

        // Prose may name a command without its arguments.
        var isOnlyNamed = parsed.UnmatchedTokens.Count == 0 && filled.EndsWith(parsed.CommandResult.Command.Name, StringComparison.Ordinal);
        return isOnlyNamed ? [] : parsed.Errors.Select(e => e.Message);
    }

    // The text after the program's name, or after the ellipsis in its place, at the start of a line or in backticks.
    [GeneratedRegex(@"(?:^ *|`)(?:dotnet run --project src/MxNode --|…|throttlenet(?= [a-z-])) ([^`\r\n]+)", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex(@"\\\r?\n *")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"```json\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Json();
}
