using System.Globalization;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Trust;

namespace ThrottleNet.Real.Tests.Hostile;

/// <summary>
/// A disk that stands still, and an output that nobody reads: sessions and the exchange go on. A named pipe in a file's place stands in for such a disk, since
/// opening it waits for the other end, as opening a file on a dead disk does.
/// </summary>
public sealed class StalledDiskTests
{
    private const int PeerJoined = 4010;

    [NeedsFact("mkfifo", "root")]
    public async Task A_stalled_disk_stalls_neither_sessions_nor_the_exchange()
    {
        await using var network = await FeedNetwork.CreateAsync();
        var port = Ports.Free();
        var node = await network.StartAsync("a", port);
        var peer = await network.StartAsync("b", 0, port);
        await node.LogLineAsync("the link", l => l.EventId == PeerJoined);

        // The counts, the certificate of the exchange and the trusted list, each as the node looks at it next.
        var data = network.DataOf("a");
        await StallAsync(Path.Combine(data, "ledger.snapshot.new"));
        await StallAsync(network.CertificateOf("a"));
        await StallAsync(Path.Combine(data, "trust", $"{new string('0', 40)}.trustlog"));
        await StallAsync(Path.Combine(data, "smtp.pem"));
        await Eventually.HoldsAsync("the node to wait for the disk", () => WaitsForDisk(node.Id));

        for (var i = 0; i < 30; i++)
        {
            await AttemptAsync(node, $"127.{20 + i}.0.1");
        }

        await AttemptAsync(peer, "127.99.0.1");
        await KnowsAsync(peer, "127.49.0.1");
        await KnowsAsync(node, "127.99.0.1");
        Assert.Equal("alive\n", await GetAsync(node, "healthz"));
        await network.StartAsync("c", 0, port); // a new link
        Assert.DoesNotContain(node.Log, l => l.IsError);
    }

    [NeedsFact("sh")]
    public async Task An_output_that_nobody_reads_stalls_no_session()
    {
        // Prints up to the line with the addresses, and then reads no more: the pipe holds 64 KiB, and then writing to it waits.
        const string Reader = "\"$@\" | { while read -r line; do echo \"$line\"; case \"$line\" in *'\"EventId\":100,'*) exec sleep 300;; esac; done; }";
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartUnderAsync(["sh", "-c", Reader, "sh"], folder, "Telemetry:Log=Debug");
        for (var i = 0; i < 3500; i++)
        {
            await using var client = await RawClient.ConnectAsync(node.Smtp, $"127.{1 + (i % 250)}.{i / 250}.1");
            await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@example.org>", "<250", ">QUIT", "<221");
        }

        Assert.Equal("alive\n", await GetAsync(node, "healthz"));
    }

    private static async Task StallAsync(string path)
    {
        File.Delete(path);
        (await Tool.RunAsync("mkfifo", path)).Expect(0);
    }

    // A thread that opens a named pipe sleeps in the kernel's wait_for_partner or fifo_open.
    private static bool WaitsForDisk(int process) => Directory.GetDirectories($"/proc/{process}/task").Any(task =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "wchan")) is "wait_for_partner" or "fifo_open" || File.ReadAllText(Path.Combine(task, "syscall")).StartsWith("257 ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // the thread has ended
        }
    });

    private static async Task AttemptAsync(NodeProcess node, string source)
    {
        await using var client = await RawClient.ConnectAsync(node.Smtp, source);
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@example.org>", "<250", ">RCPT TO:<b@route.test>", "<"); // it counts as it arrives, whatever its answer
    }

    private static Task KnowsAsync(NodeProcess node, string address) => Eventually.HoldsAsync($"the node to know of {address}", async () =>
        JsonElement.Parse(await GetAsync(node, string.Create(CultureInfo.InvariantCulture, $"api/block/{address}"))).GetProperty("levels")[0].GetProperty("othersPerHour").GetDouble() > 0);

    private static async Task<string> GetAsync(NodeProcess node, string path)
    {
        using var client = new HttpClient { BaseAddress = node.Admin };
        return await client.GetStringAsync(new Uri(path, UriKind.Relative));
    }
}
