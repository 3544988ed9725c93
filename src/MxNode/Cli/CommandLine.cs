using System.CommandLine;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Cli;

/// <summary>What the commands share: exit codes, the options that name a configuration, and how errors are printed.</summary>
internal static class CommandLine
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    // SIGTERM and Ctrl-C cancel a command; one that has not stopped by this time after that is ended. A node may drain meanwhile.
    private static readonly TimeSpan StopTime = NodeOptions.MaxDrainDelay + NodeHost.DrainTime + TimeSpan.FromSeconds(15);

    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count == 0)
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = StopTime });
        }

        foreach (var error in parsed.Errors)
        {
            await Console.Error.WriteLineAsync($"{error.Message.TrimEnd('.')}; see --help");
        }

        return WrongUsage;
    }

    public static Option<string?> ConfigOption() => new("--config") { Description = "The node's configuration file (JSON, comments allowed).", HelpName = "FILE" };

    public static Option<string[]> SetOption() => new("--set")
    {
        Description = "Sets one setting, whatever the file and the environment say; may be repeated.",
        HelpName = "Section:Key=Value",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static Option<bool> JsonOption() => new("--json") { Description = "Print JSON, for programs." };

    /// <summary>Reads the configuration that the options name.</summary>
    /// <returns>Null if it has errors; they are then on standard error, one a line.</returns>
    public static NodeConfiguration? Load(ParseResult parsed, Option<string?> config, Option<string[]> set)
    {
        var result = ConfigurationLoader.Load(parsed.GetValue(config), parsed.GetValue(set) ?? []);
        foreach (var error in result.Errors)
        {
            Console.Error.WriteLine(error);
        }

        return result.Configuration;
    }
}
