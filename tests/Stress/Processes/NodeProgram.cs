using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ThrottleNet.Stress.Processes;

/// <summary>A node as a process of its own, with a configuration file. Its configuration, data and log outlive the process, so that it can be started again.</summary>
/// <param name="folder">Holds the configuration and the log.</param>
/// <param name="smtp">The endpoint of its SMTP listener.</param>
/// <param name="configuration">The configuration, as in its file.</param>
internal sealed class NodeProgram(string folder, IPEndPoint smtp, JsonNode configuration) : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "ThrottleNet.MxNode.dll");

    private ChildProcess? _process;

    public IPEndPoint Smtp => smtp;

    /// <summary>The file of the log.</summary>
    public string LogFile => Path.Combine(folder, "log");

    /// <summary>A command that runs the node as its last argument, such as one that sets a limit.</summary>
    public IReadOnlyList<string> Wrapper { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public ChildProcess Process => _process ?? throw new InvalidOperationException("the node was not started");

    /// <summary>Starts the process, and waits until it accepts SMTP connections.</summary>
    public async Task StartAsync()
    {
        _process?.Dispose();
        var file = Path.Combine(folder, "node.json");
        await File.WriteAllTextAsync(file, configuration.ToJsonString());
        _process = ChildProcess.Start([.. Wrapper, "dotnet", Program, "run", "--config", file], LogFile, Environment);
        await Eventually.HoldsAsync(
            $"a node to listen on {smtp}",
            () => _process.HasExited ? throw new InvalidOperationException($"the node has ended: {File.ReadLines(LogFile).LastOrDefault()}") : IsOpen(smtp));
    }

    /// <summary>The log's lines of a level, such as "Error", in the order of the log.</summary>
    public IEnumerable<string> LogOf(string level)
    {
        foreach (var line in File.ReadLines(LogFile).Where(l => l.StartsWith('{')))
        {
            var (found, message) = Parse(line);
            if (found == level)
            {
                yield return message;
            }
        }
    }

    /// <summary>Whether a program accepts connections at an endpoint.</summary>
    public static bool IsOpen(IPEndPoint endPoint)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Dispose() => _process?.Dispose();

    private static (string Level, string Message) Parse(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return (json.RootElement.GetProperty("LogLevel").GetString()!, json.RootElement.GetProperty("Message").GetString()!);
        }
        catch (JsonException)
        {
            return ("", ""); // the line of a process that was killed while it wrote
        }
    }
}
