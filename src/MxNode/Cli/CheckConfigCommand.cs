using System.CommandLine;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>check-config</c>: prints every error of a configuration, and starts nothing.</summary>
internal static class CheckConfigCommand
{
    public static Command Create()
    {
        var config = CommandLine.ConfigOption();
        var set = CommandLine.SetOption();
        var command = new Command("check-config", "Check a configuration: print every error in it (exit 2), or that it is good.") { config, set };
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
