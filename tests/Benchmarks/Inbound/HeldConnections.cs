using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace ThrottleNet.Benchmarks.Inbound;

/// <summary>
/// The memory of a held connection: a node in its own process, many clients that have sent RCPT and wait for the
/// reply, and the process's resident memory before and after, in bytes a connection. A thousand clients connect before the first
/// measurement, so that compiled code and the like is not included.
/// </summary>
internal static class HeldConnections
{
    private const int PerSource = 100;
    private const int WarmUp = 1000;
    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(int connections)
    {
        using var node = await StartNodeAsync();
        try
        {
            var before = 0L;
            var clients = new List<RawClient>(WarmUp + connections);
            for (var i = 0; i < WarmUp + connections; i++)
            {
                before = i == WarmUp ? Resident(node.Process) : before;
                clients.Add(await HoldAsync(IPAddress.Parse($"127.{1 + (i / PerSource / 250)}.{i / PerSource % 250}.1"), node.Smtp));
            }

            var after = Resident(node.Process);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{connections} held: {before >> 20} MiB before, {after >> 20} MiB after, {(after - before) / connections} bytes a connection"));
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }
        finally
        {
            node.Process.Kill();
        }
    }

    private static long Resident(Process process)
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    private static async Task<NodeProcess> StartNodeAsync()
    {
        var data = new TemporaryFolder();
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "ThrottleNet.MxNode.dll"), "run",
            "--set", $"Node:DataDirectory={data.Path}", "--set", "Smtp:Listen=127.0.0.1:0", "--set", "Admin:Listen=127.0.0.1:0",
            "--set", "Smtp:GreetDelay=00:00:00", "--set", $"Smtp:MaxConnectionsPerBlock={PerSource}",
            "--set", $"Throttle:Hold={Hold}", "--set", $"Throttle:MaxDelay={Hold + Hold}", "--set", "Relay:Routes:bench.test=127.0.0.1:9",
            "--set", "Throttle:Host:Soft=1000", "--set", "Throttle:Host:Hard=4000", "--set", "Throttle:Host:Day=96000",
            "--set", "Throttle:Site:Hard=4000", "--set", "Throttle:Site:Day=96000", "--set", "Throttle:Region:Hard=1000000", "--set", "Throttle:Region:Day=10000000",
        ];
        var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            const string Mark = "SMTP on ";
            var at = line.IndexOf(Mark, StringComparison.Ordinal);
            if (at >= 0)
            {
                var smtp = line[(at + Mark.Length)..];
                return new NodeProcess(process, IPEndPoint.Parse(smtp[..smtp.IndexOf(',', StringComparison.Ordinal)]), data);
            }
        }

        throw new InvalidOperationException("the node did not start");
    }

    private static async Task<RawClient> HoldAsync(IPAddress from, IPEndPoint node)
    {
        var client = await RawClient.ConnectAsync(node, from);
        await client.TalkAsync("<220", ">EHLO held.test", "<250", ">MAIL FROM:<a@held.test>", "<250", ">RCPT TO:<b@bench.test>");
        return client;
    }

    private sealed record NodeProcess(Process Process, IPEndPoint Smtp, TemporaryFolder Data) : IDisposable
    {
        public void Dispose()
        {
            Process.WaitForExit();
            Process.Dispose();
            Data.Dispose();
        }
    }
}
