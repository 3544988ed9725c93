using System.CommandLine;

namespace ThrottleNet.MxNode.Cli;

/// <summary><c>check-config</c>: every error of a configuration at once, nothing started.</summary>
internal static class CheckConfigCommand
{
    public static Command Create()
    {
        var config = CommandLine.ConfigOption();
        var set = CommandLine.SetOption();
        var command = new Command("check-config", "Tell every error in a configuration (exit 2), or that there is none.") { config, set };
        command.SetAction(parsed =>
        {
            if (CommandLine.Load(parsed, config, set) is null)
            {
                return CommandLine.WrongUsage;
            }

            Console.WriteLine("configuration is good");
            return CommandLine.Done;
        });
        return command;
    }
}
