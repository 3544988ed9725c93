using ThrottleNet.MxNode.Cli;
using ThrottleNet.MxNode.Cli.Reference;

namespace ThrottleNet.MxNode.Tests.Cli.Reference;

public sealed class ManualPageTests
{
    private static readonly string Page = ManualPage.Of(Commands.Create());

    [Fact]
    public void Every_command_and_option_has_its_lines()
    {
        var lines = Page.Split('\n');
        foreach (var place in CommandPlace.All(Commands.Create()).Where(p => p.Path.Count > 0 && !p.Subcommands.Any()))
        {
            var title = $".SS {string.Join(' ', place.Path).Replace("-", "\\-", StringComparison.Ordinal)}";
            var section = lines.SkipWhile(l => l != title && !l.StartsWith(title + " ", StringComparison.Ordinal)).Skip(1).TakeWhile(l => !l.StartsWith(".SS ", StringComparison.Ordinal)).ToList();
            Assert.True(section.Count > 0, $"{title} is missing");
            Assert.All(place.Command.Options.Where(o => !o.Hidden), o => Assert.Contains(section, l => l.Contains(o.Name.Replace("-", "\\-", StringComparison.Ordinal), StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void No_line_is_empty_or_an_unknown_request() => Assert.All(
        Page.TrimEnd('\n').Split('\n'),
        line => Assert.True(line.Length > 0 && (line[0] != '.' || line.Split(' ')[0] is ".TH" or ".SH" or ".SS" or ".TP" or ".B" or ".I" or ".BR" or ".BI" or ".IR" or ".RI"), $"\"{line}\""));
}
