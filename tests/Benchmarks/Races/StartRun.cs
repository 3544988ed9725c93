using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ThrottleNet.Benchmarks.Inbound;

namespace ThrottleNet.Benchmarks.Races;

/// <summary>
/// How long a published node takes from its start to its first greeting, and what memory it holds idle, beside Postfix; then its memory and processor time under
/// load. Needs root and Postfix.
/// </summary>
internal static class StartRun
{
    private const int Rounds = 5;
    private const int Held = 2000;
    private const int Messages = 12_000;
    private const int Sessions = 20;
    private const int Octets = 4096;

    // So long after the greeting the memory is read: the runtime has finished what it does after a start.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    /// <param name="program">The published program, or ThrottleNet.MxNode.dll.</param>
    public static async Task RunAsync(string program)
    {
        await using var field = new RaceField();
        var node = new List<(double Seconds, ProcessMemory Memory)>();
        var postfix = new List<(double Seconds, ProcessMemory Memory)>();
        await field.StartPostfixAsync([]);
        for (var round = 0; round < Rounds; round++)
        {
            node.Add(await NodeAsync(program));
            postfix.Add(await PostfixAsync(field));
        }

        Print(program, node);
        await LoadAsync(program);
        Print("Postfix (all its processes)", postfix);
        Console.WriteLine($"load average: {(await File.ReadAllTextAsync("/proc/loadavg")).Trim()}");
    }

    private static async Task<(double Seconds, ProcessMemory Memory)> NodeAsync(string program)
    {
        using var folder = new TemporaryFolder();
        var port = Ports.Free();
        var from = TimeProvider.System.GetTimestamp();
        await using var process = StartNode(program, folder, port);
        await GreetingAsync(port);
        var seconds = TimeProvider.System.GetElapsedTime(from).TotalSeconds;
        await PassAsync();
        var memory = ProcessMemory.Of([process.Id]);
        await process.StopAsync();
        return (seconds, memory);
    }

    // Sessions of strangers that wait, and beside them mail of a trusted host at full speed.
    private static async Task LoadAsync(string program)
    {
        using var folder = new TemporaryFolder();
        var (port, sink) = (Ports.Free(), Ports.Free());
        await using var destination = RunningProcess.Start(new ProcessStartInfo("smtp-sink", ["-u", "nobody", "-c", $"127.0.0.1:{sink}", "1024"]));
        await using var process = StartNode(program, folder, port, [.. HeldConnections.Limits, "Throttle:Hold=00:01:00", "Throttle:MaxDelay=00:02:00", $"Relay:Routes:bench.test=127.0.0.1:{sink}", "Trust:Entries=127.0.0.1/32"]);
        await GreetingAsync(port);
        var clients = new List<RawClient>(Held);
        for (var i = 0; i < Held; i++)
        {
            clients.Add(await HeldConnections.HoldAsync(i, new IPEndPoint(IPAddress.Loopback, port)));
        }

        var held = ProcessMemory.Of([process.Id]);
        var before = ProcessorSeconds(process.Id);
        var rate = await RaceField.SendAsync(port, Messages, Sessions, Octets);
        var processor = ProcessorSeconds(process.Id) - before;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"with {Held} sessions held: RSS {held.Resident / 1024.0:F0} MiB; after {Messages} messages of {Octets} octets beside them, {rate:F0} a second: at most {ProcessMemory.Peak(process.Id) / 1024.0:F0} MiB, {processor / Messages * 1000:F2} ms of a processor a message"));
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    private static RunningProcess StartNode(string program, TemporaryFolder folder, int port, params string[] more)
    {
        string[] settings = [$"Node:DataDirectory={folder.File("data")}", $"Smtp:Listen=127.0.0.1:{port}", "Smtp:GreetDelay=00:00:00", "Admin:Listen=127.0.0.1:0", .. more];
        string[] arguments = [.. program.EndsWith(".dll", StringComparison.Ordinal) ? new[] { program } : [], "run", .. settings.SelectMany(s => new[] { "--set", s })];
        return RunningProcess.Start(new ProcessStartInfo(arguments[0] == program ? "dotnet" : program, arguments));
    }

    private static double ProcessorSeconds(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.TotalProcessorTime.TotalSeconds;
    }

    private static async Task<(double Seconds, ProcessMemory Memory)> PostfixAsync(RaceField field)
    {
        await field.StopPostfixAsync();
        var from = TimeProvider.System.GetTimestamp();
        await field.StartPostfixAgainAsync();
        await GreetingAsync(RaceField.Postfix);
        var seconds = TimeProvider.System.GetElapsedTime(from).TotalSeconds;
        await PassAsync();
        var master = ProcessMemory.Find("master", field.Folder.Path); // it holds a lock on the file with its id
        return (seconds, ProcessMemory.Of([master, .. ProcessMemory.ChildrenOf(master)]));
    }

    private static async Task PassAsync()
    {
        using var timer = new PeriodicTimer(Idle, TimeProvider.System);
        await timer.WaitForNextTickAsync();
    }

    // Connects until something listens, and reads the greeting.
    private static async Task GreetingAsync(int port)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        while (await timer.WaitForNextTickAsync())
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port);
                var greeting = new byte[4];
                await client.GetStream().ReadExactlyAsync(greeting);
                if (Encoding.ASCII.GetString(greeting) == "220 ")
                {
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Not yet.
            }
        }
    }

    private static void Print(string what, List<(double Seconds, ProcessMemory Memory)> rounds) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{what}: first 220 after {rounds.Select(r => r.Seconds).Order().ElementAt(Rounds / 2):F2} s ({rounds.Min(r => r.Seconds):F2} to {rounds.Max(r => r.Seconds):F2}), idle RSS {rounds.Select(r => r.Memory.Resident).Order().ElementAt(Rounds / 2) / 1024.0:F0} MiB, PSS {rounds.Select(r => r.Memory.Proportional).Order().ElementAt(Rounds / 2) / 1024.0:F0} MiB"));
}
