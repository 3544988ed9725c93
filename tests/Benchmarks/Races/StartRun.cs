using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ThrottleNet.Benchmarks.Races;

/// <summary>How long a published node takes from its start to its first greeting, and what memory it holds idle, beside Postfix. Needs root and Postfix.</summary>
internal static class StartRun
{
    private const int Rounds = 5;

    // So long after the greeting the memory is read: the runtime has finished what it does after a start.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    /// <param name="program">The published program, or ThrottleNet.MxNode.dll.</param>
    public static async Task RunAsync(string program)
    {
        await using var field = new RaceField();
        var node = new List<(double Seconds, Memory Memory)>();
        var postfix = new List<(double Seconds, Memory Memory)>();
        await field.StartPostfixAsync([]);
        for (var round = 0; round < Rounds; round++)
        {
            node.Add(await NodeAsync(program));
            postfix.Add(await PostfixAsync(field));
        }

        Print(program, node);
        Print("Postfix (all its processes)", postfix);
        Console.WriteLine($"load average: {(await File.ReadAllTextAsync("/proc/loadavg")).Trim()}");
    }

    private static async Task<(double Seconds, Memory Memory)> NodeAsync(string program)
    {
        using var folder = new TemporaryFolder();
        var port = Ports.Free();
        string[] settings = [$"Node:DataDirectory={folder.File("data")}", $"Smtp:Listen=127.0.0.1:{port}", "Smtp:GreetDelay=00:00:00", "Admin:Listen=127.0.0.1:0"];
        string[] arguments = [.. program.EndsWith(".dll", StringComparison.Ordinal) ? new[] { program } : [], "run", .. settings.SelectMany(s => new[] { "--set", s })];
        var start = new ProcessStartInfo(arguments[0] == program ? "dotnet" : program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        var from = TimeProvider.System.GetTimestamp();
        await using var process = RunningProcess.Start(start);
        await GreetingAsync(port);
        var seconds = TimeProvider.System.GetElapsedTime(from).TotalSeconds;
        await PassAsync();
        var memory = Memory.Of([process.Id]);
        await process.StopAsync();
        return (seconds, memory);
    }

    private static async Task<(double Seconds, Memory Memory)> PostfixAsync(RaceField field)
    {
        await field.StopPostfixAsync();
        var from = TimeProvider.System.GetTimestamp();
        await field.StartPostfixAgainAsync();
        await GreetingAsync(RaceField.Postfix);
        var seconds = TimeProvider.System.GetElapsedTime(from).TotalSeconds;
        await PassAsync();
        var master = int.Parse(await File.ReadAllTextAsync(field.Folder.File("spool/pid/master.pid")), CultureInfo.InvariantCulture);
        return (seconds, Memory.Of([master, .. Memory.ChildrenOf(master)]));
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

    private static void Print(string what, List<(double Seconds, Memory Memory)> rounds) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{what}: first 220 after {rounds.Select(r => r.Seconds).Order().ElementAt(Rounds / 2):F2} s ({rounds.Min(r => r.Seconds):F2} to {rounds.Max(r => r.Seconds):F2}), idle RSS {rounds.Select(r => r.Memory.Resident).Order().ElementAt(Rounds / 2) / 1024.0:F0} MiB, PSS {rounds.Select(r => r.Memory.Proportional).Order().ElementAt(Rounds / 2) / 1024.0:F0} MiB"));

    /// <summary>Memory of processes, in KiB (proc_pid_smaps(5)).</summary>
    /// <param name="Resident">The sum of their resident memory.</param>
    /// <param name="Proportional">The same with shared pages divided among those that share them.</param>
    private sealed record Memory(long Resident, long Proportional)
    {
        public static Memory Of(IReadOnlyList<int> processes) => new(processes.Sum(p => Read(p, "Rss:")), processes.Sum(p => Read(p, "Pss:")));

        public static IEnumerable<int> ChildrenOf(int parent) => Directory.GetDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == parent);

        private static long Read(int process, string key) => long.Parse(
            File.ReadLines($"/proc/{process}/smaps_rollup").First(l => l.StartsWith(key, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

        private static int ParentOf(int process)
        {
            try
            {
                return int.Parse(File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("PPid:", StringComparison.Ordinal))[5..], CultureInfo.InvariantCulture);
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                return 0; // it has ended
            }
        }
    }
}
