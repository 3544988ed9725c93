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

    // The node logs its SMTP address after this.
    private const string Mark = "SMTP on ";

    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(int connections)
    {
        using var data = new TemporaryFolder();
        await using var node = RunningProcess.Start(NodeCommandLine.StartInfo(["run", .. Settings(data.Path).SelectMany(s => new[] { "--set", s })]));
        var line = await node.LineAsync("its start", l => l.Contains(Mark, StringComparison.Ordinal));
        var smtp = line[(line.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)..];
        var endPoint = IPEndPoint.Parse(smtp[..smtp.IndexOf(',', StringComparison.Ordinal)]);
        var before = 0L;
        var clients = new List<RawClient>(WarmUp + connections);
        for (var i = 0; i < WarmUp + connections; i++)
        {
            before = i == WarmUp ? Resident(node.Id) : before;
            clients.Add(await HoldAsync(i, endPoint));
        }

        var after = Resident(node.Id);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{connections} held: {before >> 20} MiB before, {after >> 20} MiB after, {(after - before) / connections} bytes a connection"));
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    /// <summary>Settings by which the clients of <see cref="HoldAsync"/> are let in.</summary>
    public static string[] Limits { get; } =
    [
        $"Smtp:MaxConnectionsPerBlock={PerSource}", "Smtp:MaxConnectionsPerRegion=100000",
        "Throttle:Host:Soft=1000", "Throttle:Host:Hard=4000", "Throttle:Host:Day=96000",
        "Throttle:Site:Hard=4000", "Throttle:Site:Day=96000", "Throttle:Region:Hard=1000000", "Throttle:Region:Day=10000000",
    ];

    /// <summary>Connects a client that waits for the answer to its RCPT.</summary>
    /// <param name="number">Its number; a hundred clients share an address.</param>
    public static async Task<RawClient> HoldAsync(int number, IPEndPoint node)
    {
        var client = await RawClient.ConnectAsync(node, IPAddress.Parse($"127.{1 + (number / PerSource / 250)}.{number / PerSource % 250}.1"));
        await client.TalkAsync("<220", ">EHLO held.test", "<250", ">MAIL FROM:<a@held.test>", "<250", ">RCPT TO:<b@bench.test>");
        return client;
    }

    private static string[] Settings(string data) =>
    [
        $"Node:DataDirectory={data}", "Smtp:Listen=127.0.0.1:0", "Admin:Listen=127.0.0.1:0", "Smtp:GreetDelay=00:00:00",
        $"Throttle:Hold={Hold}", $"Throttle:MaxDelay={Hold + Hold}", "Relay:Routes:bench.test=127.0.0.1:9", .. Limits,
    ];

    private static long Resident(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.WorkingSet64;
    }
}
