using ThrottleNet.MxNode.Cli;
using ThrottleNet.MxNode.Cli.Reference;

namespace ThrottleNet.MxNode.Tests.Cli.Reference;

public sealed class CompletionTests
{
    private static readonly IReadOnlyList<CommandPlace> Places = [.. CommandPlace.All(Commands.Create())];

    [Theory]
    [InlineData("throttlenet tr", "trust")]
    [InlineData("throttlenet trust ke", "key")]
    [InlineData("throttlenet trust key n", "new")]
    [InlineData("throttlenet run --conf", "--config")]
    [InlineData("throttlenet run --config node.json --s", "--set")]
    [InlineData("throttlenet trust enrol --conf", "--config")] // of the command above
    [InlineData("throttlenet completion b", "bash")]
    [InlineData("throttlenet run --config no", "")] // the name of a file, which is the shell's own matter
    [InlineData("throttlenet manu", "")] // hidden
    public async Task Bash_completes(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write("throttlenet", CompletionScript.Bash(Places));
        var shell = new System.Diagnostics.ProcessStartInfo("bash", ["-c", "source \"$0\"; COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _throttlenet; echo \"${COMPREPLY[*]}\"", script, line]);
        Assert.Equal(expected, (await ProcessResult.OfAsync(shell)).Expect(0).Output.Trim());
    }

    [Fact]
    public async Task Bash_offers_every_command_and_option()
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write("throttlenet", CompletionScript.Bash(Places));
        Assert.InRange(Places.Count, 20, int.MaxValue);
        foreach (var place in Places)
        {
            string[] words = ["throttlenet", .. place.Path, ""];
            var shell = new System.Diagnostics.ProcessStartInfo("bash", ["-c", "script=$0; source \"$script\"; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _throttlenet; echo \"${COMPREPLY[*]}\"", script, .. words]);
            var offered = (await ProcessResult.OfAsync(shell)).Expect(0).Output.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            Assert.All(place.Subcommands, c => Assert.Contains(c.Name, offered));
            Assert.All(place.Options, o => Assert.Contains(o.Name, offered));
        }
    }

    [Fact]
    public void Zsh_has_every_command_and_option_of_bash()
    {
        var script = CompletionScript.Zsh(Places);
        Assert.StartsWith("#compdef throttlenet\n", script, StringComparison.Ordinal);
        foreach (var place in Places)
        {
            var line = Assert.Single(script.Split('\n'), l => l.StartsWith($"    '{place.Key}') commands=", StringComparison.Ordinal));
            Assert.All(place.Subcommands, c => Assert.Contains($"'{c.Name}:", line, StringComparison.Ordinal));
            Assert.All(place.Options, o => Assert.Contains($"'{o.Name}:", line, StringComparison.Ordinal));
        }
    }
}
