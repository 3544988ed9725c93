using System.CommandLine;

namespace ThrottleNet.MxNode.Cli.Reference;

/// <summary>The command <c>completion</c>: prints the script by which a shell completes this program's commands and options.</summary>
internal static class CompletionCommand
{
    private const string Bash = "bash";
    private const string Zsh = "zsh";

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash or zsh." };
        shell.AcceptOnlyFromAmong(Bash, Zsh);
        var command = new Command("completion", "Print the completion script of a shell. For bash: source <(throttlenet completion bash).") { shell };
        command.SetAction(parsed =>
        {
            var places = CommandPlace.All(parsed.RootCommandResult.Command).ToList();
            parsed.InvocationConfiguration.Output.Write(parsed.GetValue(shell) == Zsh ? CompletionScript.Zsh(places) : CompletionScript.Bash(places));
        });
        return command;
    }
}
