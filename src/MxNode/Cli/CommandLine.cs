using System.CommandLine;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Cli;

/// <summary>What the commands share: exit codes, the options that name a configuration, and one way to tell errors.</summary>
internal static class CommandLine
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    /// <summary>
    /// Runs what the arguments name. When the process is asked to end, the command is cancelled and takes its time: the
    /// library's own patience of two seconds would cut a node off while it finishes the messages in flight.
    /// </summary>
    public static async Task<int> InvokeAsync(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count == 0)
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = Timeout.InfiniteTimeSpan });
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
        Description = "One setting over the file's and the environment's; may be repeated.",
        HelpName = "Section:Key=Value",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static Option<bool> JsonOption() => new("--json") { Description = "Print JSON, for programs." };

    /// <summary>The configuration, or null after every error in it was told on standard error.</summary>
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
