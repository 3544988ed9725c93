using System.CommandLine;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>check-config</c>: prints every reason for which <c>run</c> would not start, and starts nothing.</summary>
internal static class CheckConfigCommand
{
    public static Command Create()
    {
        var config = CommandLine.ConfigOption();
        var set = CommandLine.SetOption();
        var command = new Command("check-config", "Check a configuration, and the files and addresses that it names: print every error (exit 2), or that it is good.") { config, set };
        command.SetAction(async (parsed, _) =>
        {
            if (CommandLine.Load(parsed, config, set) is not { } configuration)
            {
                return CommandLine.WrongUsage;
            }

            var faults = await StartChecks.FindAsync(configuration, TimeProvider.System);
            foreach (var fault in faults)
            {
                await Console.Error.WriteLineAsync(fault);
            }

            if (faults.Count > 0)
            {
                return CommandLine.WrongUsage;
            }

            Console.WriteLine("configuration is good");
            return CommandLine.Done;
        });
        return command;
    }
}
