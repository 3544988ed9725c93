using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Cli;

/// <summary>Asks a running node over its admin address, as its configuration names it.</summary>
internal static class AdminClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks, and hands the answer to <paramref name="print"/>; or tells in one line what is wrong.</summary>
    /// <returns>The command's exit code.</returns>
    public static async Task<int> AskAsync<T>(NodeConfiguration configuration, string path, JsonTypeInfo<T> type, bool json, Action<T> print)
    {
        if (configuration.Admin.Listen is not { } admin)
        {
            await Console.Error.WriteLineAsync("Admin:Listen: is null, so the node cannot be asked; set it, e.g. to 127.0.0.1:8025");
            return CommandLine.WrongUsage;
        }

        using var client = new HttpClient { BaseAddress = new Uri($"http://{admin}/"), Timeout = Patience };
        try
        {
            if (configuration.Admin.TokenFile is { } tokenFile)
            {
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(tokenFile)).Trim());
            }

            using var response = await client.GetAsync(path);
            var text = await response.Content.ReadAsStringAsync();
            if (!response.IsSuccessStatusCode)
            {
                await Console.Error.WriteLineAsync(response.StatusCode == HttpStatusCode.Unauthorized
                    ? $"{admin} wants a token; name its file in Admin:TokenFile (--config FILE)"
                    : text.Trim());
                return response.StatusCode == HttpStatusCode.BadRequest ? CommandLine.WrongUsage : CommandLine.Failed;
            }

            if (json)
            {
                Console.WriteLine(text.Trim());
            }
            else
            {
                print(JsonSerializer.Deserialize(text, type)!);
            }

            return CommandLine.Done;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException or IOException)
        {
            await Console.Error.WriteLineAsync($"no node answers at {admin} ({e.Message.TrimEnd('.')}); start it, or name its configuration with --config");
            return CommandLine.Failed;
        }
    }

    /// <summary>A command that asks a running node one thing.</summary>
    public static Command Command<T>(string name, string description, Argument<string>? argument, Func<string?, string> path, JsonTypeInfo<T> type, Action<T> print)
    {
        var config = CommandLine.ConfigOption();
        var set = CommandLine.SetOption();
        var json = CommandLine.JsonOption();
        var command = new Command(name, description) { config, set, json };
        if (argument is not null)
        {
            command.Add(argument);
        }

        command.SetAction((parsed, _) => CommandLine.Load(parsed, config, set) is { } configuration
            ? AskAsync(configuration, path(argument is null ? null : parsed.GetValue(argument)), type, parsed.GetValue(json), print)
            : Task.FromResult(CommandLine.WrongUsage));
        return command;
    }
}
