using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ThrottleNet.MxNode.Trust;

/// <summary><c>trust …</c>: keeping the trusted list.</summary>
internal static class TrustCommands
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    /// <summary>The command with its sub-commands.</summary>
    /// <param name="load">The configuration that the command line names; null when it is wrong, which has been told.</param>
    public static Command Create(Func<ParseResult, TrustContext?> load) => new("trust", "Keep the list of trusted hosts.")
    {
        TrustKeyCommands.Create(load),
        TrustSayCommands.Enrol(load),
        TrustSayCommands.Renew(load),
        TrustSayCommands.Suspend(load),
        TrustSayCommands.Revoke(load),
        TrustSayCommands.Delegate(load),
        TrustReadCommands.List(load),
        TrustReadCommands.Show(load),
        TrustReadCommands.Log(load),
        TrustReadCommands.Verify(load),
        TrustReadCommands.Export(load),
    };

    public static Option<bool> JsonOption() => new("--json") { Description = "Print JSON, for programs." };

    /// <summary>Makes a command do its work, tell a refusal or a failing disk in one line, and give the exit code.</summary>
    public static Command With(this Command command, Func<ParseResult, TrustContext?> load, Func<ParseResult, TrustContext, CancellationToken, Task<int>> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            if (load(parsed) is not { } context)
            {
                return WrongUsage;
            }

            try
            {
                return await work(parsed, context, cancel);
            }
            catch (Exception exception) when (exception is TrustRefusalException or IOException or UnauthorizedAccessException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"refused: {exception.Message}");
                return Failed;
            }
        });
        return command;
    }

    /// <summary>Adds an option to the command and gives it back.</summary>
    public static Option<T> Take<T>(this Command command, Option<T> option)
    {
        command.Add(option);
        return option;
    }

    public static void PrintJson<T>(this ParseResult parsed, T report, JsonTypeInfo<T> type) =>
        parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(report, type));
}
