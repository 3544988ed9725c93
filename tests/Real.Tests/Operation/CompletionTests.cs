using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Operation;

public sealed class CompletionTests
{
    // Runs the script as zsh's completion does, with functions that print what they are given in place of zsh's own.
    private const string Shell = """
        _describe() { print -r -- "$1: ${(P)2}" }
        compadd() { print -r -- "values: ${@[2,-1]}" }
        _files() { print files }
        functions[complete_line]="words=(\"\${(@s: :)1}\"); CURRENT=\$#words; source ${(q)1}"
        complete_line "$2"
        """;

    [NeedsTheory("zsh")]
    [InlineData("throttlenet tr", "command: ", "trust:")]
    [InlineData("throttlenet trust key n", "command: ", "new:")]
    [InlineData("throttlenet run --", "option: ", "--config:")]
    [InlineData("throttlenet completion z", "command: ", "zsh:")]
    [InlineData("throttlenet run --config n", "files", "files")]
    public async Task Zsh_completes(string line, string kind, string offered)
    {
        using var folder = new TemporaryFolder();
        var script = folder.Write("_throttlenet", (await NodeProcess.CommandAsync("completion", "zsh")).Expect(0).Output);
        var result = await Tool.RunAsync("zsh", "-fc", Shell.ReplaceLineEndings("\n"), "zsh", script, line);
        Assert.Equal("", result.Expect(0).Error);
        Assert.StartsWith(kind, result.Output, StringComparison.Ordinal);
        Assert.Contains(offered, result.Output, StringComparison.Ordinal);
    }
}
