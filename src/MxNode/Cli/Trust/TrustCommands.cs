using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging.Abstractions;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary><c>trust …</c>: maintains the trusted list.</summary>
internal static class TrustCommands
{
    /// <summary>The command with its options --config and --set.</summary>
    public static Command Create()
    {
        var config = CommandLine.ConfigOption();
        var set = CommandLine.SetOption();
        config.Recursive = true;
        set.Recursive = true;
        var command = Create(parsed => CommandLine.Load(parsed, config, set) is { } configuration
            ? new TrustContext(
                configuration.Node.DataDirectory,
                configuration.Trust,
                new DnsResolver(configuration.Dns, TimeProvider.System, NullLogger<DnsResolver>.Instance),
                TimeProvider.System)
            : null, new TrustNode(config, set));
        command.Add(config);
        command.Add(set);
        return command;
    }

    /// <summary>The command with its sub-commands.</summary>
    /// <param name="load">Loads the configuration that the command line names; null when it has errors, which were printed.</param>
    /// <param name="node">Finds a running node; null where the options for that are not there.</param>
    public static Command Create(Func<ParseResult, TrustContext?> load, TrustNode? node = null)
    {
        node ??= new TrustNode(CommandLine.ConfigOption(), CommandLine.SetOption());
        return new Command("trust", "Keep the list of trusted hosts: senders whose mail is not slowed.")
        {
            TrustKeyCommands.Create(load),
            TrustSignCommands.Enrol(load, node),
            TrustSignCommands.Renew(load, node),
            TrustSignCommands.Suspend(load, node),
            TrustSignCommands.Revoke(load, node),
            TrustSignCommands.Delegate(load),
            TrustReadCommands.List(load, node),
            TrustReadCommands.Show(load, node),
            TrustReadCommands.Log(load, node),
            TrustReadCommands.Verify(load, node),
            TrustReadCommands.Export(load, node),
        };
    }

    /// <summary>Sets a command's action: it does the work, prints a refusal or an I/O error in one line, and returns the exit code.</summary>
    public static Command With(this Command command, Func<ParseResult, TrustContext?> load, Func<ParseResult, TrustContext, CancellationToken, Task<int>> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            if (load(parsed) is not { } context)
            {
                return CommandLine.WrongUsage;
            }

            try
            {
                return await work(parsed, context, cancel);
            }
            catch (Exception exception) when (exception is TrustRefusalException or IOException or UnauthorizedAccessException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"refused: {exception.Message}");
                return CommandLine.Failed;
            }
        });
        return command;
    }

    /// <summary>Adds an option to the command and returns the option.</summary>
    public static Option<T> Take<T>(this Command command, Option<T> option)
    {
        command.Add(option);
        return option;
    }

    public static void PrintJson<T>(this ParseResult parsed, T report, JsonTypeInfo<T> type) =>
        parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(report, type));
}
