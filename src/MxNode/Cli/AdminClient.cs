using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ThrottleNet.MxNode.Admin;

namespace ThrottleNet.MxNode.Cli;

/// <summary>Asks a running node over HTTP.</summary>
/// <param name="node">Its address, with a slash at the end.</param>
/// <param name="tokenFile">The file with its token; null: it has none.</param>
internal sealed class AdminClient(Uri node, string? tokenFile)
{
    // For the whole answer, where the command does not say otherwise.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    /// <summary>The node of a configuration on this machine; null if it has no endpoint for commands. A node that listens on all addresses is asked on loopback.</summary>
    public static AdminClient? Of(AdminOptions options) => options.Listen is { } listen
        ? new AdminClient(new Uri($"http://{new IPEndPoint(Reachable(listen.Address), listen.Port)}/"), options.TokenFile)
        : null;

    /// <summary>Asks for one report and prints it; on failure prints one line on standard error.</summary>
    /// <param name="path">What to ask for, relative to the node's address.</param>
    /// <param name="type">How the answer's JSON is read.</param>
    /// <param name="json">Whether to print the answer as it came.</param>
    /// <param name="print">Prints the answer for people.</param>
    /// <param name="method">POST where the node is to do something; null: GET.</param>
    /// <param name="exitCode">The exit code for an answer; null: always 0.</param>
    /// <param name="body">What is sent along; null: nothing.</param>
    /// <param name="patience">How long to wait for the whole answer; null: 10 seconds.</param>
    /// <returns>The command's exit code.</returns>
    public async Task<int> AskAsync<T>(
        string path, JsonTypeInfo<T> type, bool json, Action<T> print, HttpMethod? method = null, Func<T, int>? exitCode = null, HttpContent? body = null, TimeSpan? patience = null)
    {
        T report = default!;
        var exit = await ReceiveAsync(path, method ?? HttpMethod.Get, body, patience ?? AnswerTime, text =>
        {
            report = JsonSerializer.Deserialize(text, type)!;
            if (json)
            {
                Console.WriteLine(text.Trim());
            }
        });
        if (exit != CommandLine.Done)
        {
            return exit;
        }

        if (!json)
        {
            print(report);
        }

        return exitCode?.Invoke(report) ?? CommandLine.Done;
    }

    /// <summary>Asks for a text; on failure prints one line on standard error.</summary>
    /// <param name="path">What to ask for, relative to the node's address.</param>
    /// <param name="take">Gets the text as it came.</param>
    /// <returns>The command's exit code.</returns>
    public async Task<int> FetchAsync(string path, Action<string> take)
    {
        var text = "";
        var exit = await ReceiveAsync(path, HttpMethod.Get, body: null, AnswerTime, received => text = received);
        if (exit == CommandLine.Done)
        {
            take(text);
        }

        return exit;
    }

    /// <summary>Asks for one report without printing anything; null when the node does not answer.</summary>
    public async Task<T?> TryAskAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel)
        where T : class
    {
        try
        {
            using var client = await ConnectAsync(AnswerTime);
            using var response = await client.GetAsync(path, cancel);
            return response.IsSuccessStatusCode ? JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(cancel), type) : null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException || IsNoAnswer(e))
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
    /// <param name="method">POST where the node is to do something; null: GET.</param>
    public static Command Command<T>(
        string name, string description, Argument<string>? argument, Func<string?, string> path, JsonTypeInfo<T> type, Action<T> print, HttpMethod? method = null)
    {
        var json = CommandLine.JsonOption();
        var command = new Command(name, description) { json };
        var target = new AdminTarget(command);
        if (argument is not null)
        {
            command.Add(argument);
        }

        command.SetAction((parsed, _) => target.Find(parsed) is { } node
            ? node.AskAsync(path(argument is null ? null : parsed.GetValue(argument)), type, parsed.GetValue(json), print, method)
            : Task.FromResult(CommandLine.WrongUsage));
        return command;
    }

    private async Task<int> ReceiveAsync(string path, HttpMethod method, HttpContent? body, TimeSpan patience, Action<string> take)
    {
        try
        {
            using var client = await ConnectAsync(patience);
            using var request = new HttpRequestMessage(method, path) { Content = body };
            request.Headers.Add(AdminSecurity.CommandHeader, "1");
            using var response = await client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            if (!response.IsSuccessStatusCode)
            {
                await Console.Error.WriteLineAsync(Explain(response.StatusCode, text.Trim()));
                return response.StatusCode == HttpStatusCode.BadRequest ? CommandLine.WrongUsage : CommandLine.Failed;
            }

            take(text);
            return CommandLine.Done;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            await Console.Error.WriteLineAsync($"the token cannot be read ({e.Message.TrimEnd('.')}); name its file with --token-file FILE");
            return CommandLine.WrongUsage;
        }
        catch (Exception e) when (IsNoAnswer(e))
        {
            await Console.Error.WriteLineAsync($"no node answers at {node.Authority} ({e.Message.TrimEnd('.')}); start one, or name it with --node URL or --config FILE");
            return CommandLine.Failed;
        }
    }

    private string Explain(HttpStatusCode status, string text) => status switch
    {
        HttpStatusCode.Unauthorized when tokenFile is null => $"{node.Authority} needs a token; name the file that holds it with --token-file FILE, or the node's configuration with --config FILE",
        HttpStatusCode.Unauthorized => $"{node.Authority} does not take the token of {tokenFile}; name the file of its Admin:TokenFile",
        _ when text.Length == 0 => $"{node.Authority} answers {(int)status}; is it a ThrottleNet node of this version?",
        _ => text,
    };

    private static bool IsNoAnswer(Exception e) => e is HttpRequestException or TaskCanceledException or JsonException or IOException;

    private static IPAddress Reachable(IPAddress address) =>
        address.Equals(IPAddress.Any) ? IPAddress.Loopback : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address;

    private async Task<HttpClient> ConnectAsync(TimeSpan patience)
    {
        var token = tokenFile is null ? null : (await File.ReadAllTextAsync(tokenFile)).Trim();
        return new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }, disposeHandler: true)
        {
            BaseAddress = node,
            Timeout = patience,
            DefaultRequestHeaders = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) },
        };
    }
}
