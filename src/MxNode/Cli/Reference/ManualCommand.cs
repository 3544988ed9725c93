using System.CommandLine;

namespace ThrottleNet.MxNode.Cli.Reference;

/// <summary>The hidden command <c>manual</c>: prints throttlenet(8), for the packages.</summary>
internal static class ManualCommand
{
    public static Command Create()
    {
        var command = new Command("manual", "Print the manual page throttlenet(8).") { Hidden = true };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.Write(ManualPage.Of(parsed.RootCommandResult.Command)));
        return command;
    }
}
