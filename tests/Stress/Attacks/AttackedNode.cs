using System.Net;
using System.Text.Json.Nodes;
using ThrottleNet.Stress.Processes;

namespace ThrottleNet.Stress.Attacks;

/// <summary>A node process that is attacked, and the next hop that it delivers to.</summary>
internal sealed class AttackedNode : IAsyncDisposable
{
    /// <summary>The domain whose mail the node takes.</summary>
    public const string Domain = "attacked.test";

    private const int SmtpPort = 2525;

    private readonly TemporaryFolder _folder = new();
    private readonly NodeProgram _program;

    private AttackedNode(IReadOnlyList<string> wrapper, Action<JsonObject> configure)
    {
        EndPoint = new IPEndPoint(Loopback.Next(), SmtpPort);
        var configuration = new JsonObject
        {
            ["Node"] = new JsonObject { ["Name"] = "a", ["HostName"] = "a.throttle-mx.attacked.test", ["DataDirectory"] = _folder.File("data") },
            ["Network"] = new JsonObject { ["Names"] = new JsonArray("throttle-mx.attacked.test") },
            ["Smtp"] = new JsonObject { ["Listen"] = new JsonArray(EndPoint.ToString()) },
            ["Relay"] = new JsonObject
            {
                ["Routes"] = new JsonObject { [Domain] = Destination.EndPoint.ToString() },
                ["AllowPrivateDestinations"] = true,
            },
            ["Trust"] = new JsonObject { ["Entries"] = new JsonArray(Probe.TrustedNetwork) },
            ["Admin"] = new JsonObject { ["Listen"] = null },
        };
        configure(configuration);
        _program = new NodeProgram(_folder.Path, EndPoint, configuration) { Wrapper = wrapper };
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>The next hop. It counts messages and keeps none.</summary>
    public ScriptedHop Destination { get; } = new() { KeepsMail = false };

    public ChildProcess Process => _program.Process;

    /// <param name="configure">Changes the defaults.</param>
    /// <param name="wrapper">A command that runs the node as its last argument, such as one that sets a limit.</param>
    public static async Task<AttackedNode> StartAsync(Action<JsonObject> configure, params IReadOnlyList<string> wrapper)
    {
        var node = new AttackedNode(wrapper, configure);
        try
        {
            await node._program.StartAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the node logged as errors.</summary>
    public IReadOnlyList<string> Errors() => [.. _program.LogOf("Error"), .. _program.LogOf("Critical")];

    public async ValueTask DisposeAsync()
    {
        _program.Dispose();
        await Destination.DisposeAsync();
        _folder.Dispose();
    }
}
