using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Cli;

/// <summary>Asks a running node over HTTP, at the address in its configuration (<c>Admin:Listen</c>).</summary>
internal static class AdminClient
{
    // For the whole answer.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    /// <summary>Asks for one report and prints it; on failure prints one line on standard error.</summary>
    /// <param name="configuration">The node's configuration.</param>
    /// <param name="path">What to ask for, relative to the node's address.</param>
    /// <param name="type">How the answer's JSON is read.</param>
    /// <param name="json">Whether to print the answer as it came.</param>
    /// <param name="print">Prints the answer for people.</param>
    /// <param name="method">POST where the node is to do something; null: GET.</param>
    /// <returns>The command's exit code.</returns>
    public static async Task<int> AskAsync<T>(NodeConfiguration configuration, string path, JsonTypeInfo<T> type, bool json, Action<T> print, HttpMethod? method = null)
    {
        if (configuration.Admin.Listen is not { } admin)
        {
            await Console.Error.WriteLineAsync("Admin:Listen is null, so the node cannot be asked; set it, e.g. to 127.0.0.1:8025");
            return CommandLine.WrongUsage;
        }

        using var client = await ConnectAsync(configuration, admin);
        try
        {
            using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path);
            request.Headers.Add(AdminSecurity.CommandHeader, "1");
            using var response = await client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            if (!response.IsSuccessStatusCode)
            {
                await Console.Error.WriteLineAsync(response.StatusCode == HttpStatusCode.Unauthorized
                    ? $"{admin} needs a token; set Admin:TokenFile to the file that holds it (--config FILE)"
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
            await Console.Error.WriteLineAsync($"no node answers at {admin} ({e.Message.TrimEnd('.')}); start one, or name the node's configuration with --config FILE");
            return CommandLine.Failed;
        }
    }

    /// <summary>Asks for one report without printing anything; null when the node does not answer.</summary>
    public static async Task<T?> TryAskAsync<T>(NodeConfiguration configuration, string path, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class
    {
        if (configuration.Admin.Listen is not { } admin)
        {
            return null;
        }

        using var client = await ConnectAsync(configuration, admin);
        try
        {
            using var response = await client.GetAsync(path, cancel);
            return response.IsSuccessStatusCode ? JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(cancel), type) : null;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException or IOException)
        {
            cancel.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <summary>Makes a command that asks a running node for one report.</summary>
    /// <param name="name">The command's name.</param>
    /// <param name="description">Its help text.</param>
    /// <param name="argument">Its argument; null for none.</param>
    /// <param name="path">The path to ask for, given the argument.</param>
    /// <param name="type">How the answer's JSON is read.</param>
    /// <param name="print">Prints the answer for people.</param>
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

    private static async Task<HttpClient> ConnectAsync(NodeConfiguration configuration, IPEndPoint admin)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://{admin}/"), Timeout = AnswerTime };
        if (configuration.Admin.TokenFile is { } tokenFile)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(tokenFile)).Trim());
        }

        return client;
    }
}
