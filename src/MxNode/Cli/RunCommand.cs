using System.CommandLine;
using System.Runtime.InteropServices;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cli;

/// <summary>The command <c>run</c>: runs a node until SIGTERM or Ctrl-C.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var config = CommandLine.ConfigOption();
        var set = CommandLine.SetOption();
        var command = new Command("run", "Run a node until SIGTERM or Ctrl-C.") { config, set };
        command.SetAction((parsed, cancel) => CommandLine.Load(parsed, config, set) is { } configuration
            ? RunAsync(configuration, () => ConfigurationLoader.Load(parsed.GetValue(config), parsed.GetValue(set) ?? []), cancel)
            : Task.FromResult(CommandLine.WrongUsage));
        return command;
    }

    public static Task<int> RunDefaultsAsync(ParseResult parsed, CancellationToken cancel)
    {
        static ConfigurationResult Load() => ConfigurationLoader.Load(file: null, settings: []);
        var result = Load();
        foreach (var error in result.Errors)
        {
            Console.Error.WriteLine(error);
        }

        return result.Configuration is { } configuration ? RunAsync(configuration, Load, cancel) : Task.FromResult(CommandLine.WrongUsage);
    }

    private static async Task<int> RunAsync(NodeConfiguration configuration, Func<ConfigurationResult> reread, CancellationToken cancel)
    {
        // System.CommandLine listens for SIGTERM from the first await on. Without this one, most of the start would be before it.
        await Task.Yield();
        WriteWholeLines();
        ConfigurationReloader? reloader = null;

        // Taken from the first moment on: by default SIGHUP ends a process. Before the node serves there is nothing to reload.
        using var reloads = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            Volatile.Read(ref reloader)?.Reload();
        });
        try
        {
            await using var node = NodeHost.Create(configuration, TimeProvider.System, logging => NodeLogging.Configure(logging, configuration.Telemetry), reread);
            await node.StartAsync(cancel);
            Announce(node, configuration);
            Volatile.Write(ref reloader, node.Services.GetRequiredService<ConfigurationReloader>());
            await node.RunAsync(cancel);
            return CommandLine.Done;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return CommandLine.Done; // stopped before it had started
        }
        catch (StartException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return CommandLine.Failed;
        }
    }

    // The framework's writer has a buffer of 256 octets: the line of one session would be four calls of the system.
    private static void WriteWholeLines()
    {
        if (Console.IsOutputRedirected)
        {
            Console.SetOut(new StreamWriter(Console.OpenStandardOutput(), bufferSize: 16 * 1024) { AutoFlush = true });
        }
    }

    // In a log for people as a block of text, else as a line of the log.
    private static void Announce(NodeHost node, NodeConfiguration configuration)
    {
        var log = node.Services.GetRequiredService<ILogger<NodeHost>>();
        if (NodeLogging.Resolve(configuration.Telemetry.LogFormat) != LogFormat.Text)
        {
            log.Listening(NodeInstance.Version, configuration.Node.Name, NodeLogging.Places(node.Smtp), node.Admin?.ToString() ?? "nowhere");
            if (node.Dns.Count > 0)
            {
                log.ListeningForDns(string.Join(", ", node.Dns));
            }

            return;
        }

        Console.WriteLine($"ThrottleNet {NodeInstance.Version}, node {configuration.Node.Name} ({configuration.Node.HostName})");
        Console.WriteLine($"  SMTP       {NodeLogging.Places(node.Smtp)}");
        Console.WriteLine($"  dashboard  {(node.Admin is { } admin ? $"http://{admin}/" : "off")}");
        if (node.Dns.Count > 0)
        {
            Console.WriteLine($"  DNS        {string.Join(", ", node.Dns)}");
        }

        Console.WriteLine($"  data       {Path.GetFullPath(configuration.Node.DataDirectory)}");
        if (node.Smtp.Count == 0)
        {
            return;
        }

        Console.WriteLine($"  try        swaks --server {node.Smtp[0]} --from you@example.org --to somebody@example.com");
        Console.WriteLine("             (550 until the MX records of example.com name this network; `doctor DOMAIN` says what is missing, `demo` shows a whole network)");
    }
}
