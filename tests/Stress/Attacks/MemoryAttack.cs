using System.Net;
using System.Text;
using ThrottleNet.Stress.Processes;

namespace ThrottleNet.Stress.Attacks;

/// <summary>More clients than a node with little memory admits, each of which sends as much as the node takes and reads nothing.</summary>
/// <param name="Name">When they send.</param>
/// <param name="Before">What each sends first.</param>
/// <param name="Repeated">What each sends then, again and again.</param>
internal sealed record MemoryAttack(string Name, string Before, string Repeated)
{
    private static readonly TimeSpan SendTime = TimeSpan.FromSeconds(10);

    /// <summary>Before the greeting.</summary>
    public static MemoryAttack BeforeGreeting { get; } = new("before the greeting", "", "x");

    /// <summary>Commands that are replied to.</summary>
    public static MemoryAttack AfterMail { get; } = new("after MAIL", "EHLO crowd.test\r\nMAIL FROM:<a@crowd.test>\r\n", "NOOP with an argument that makes the line longer than it needs to be\r\n");

    /// <summary>A text without an end.</summary>
    public static MemoryAttack InText { get; } = new(
        "within a text", $"EHLO crowd.test\r\nMAIL FROM:<a@crowd.test>\r\nRCPT TO:<reader@{AttackedNode.Domain}>\r\nDATA\r\n", "a line of a text that has no end\r\n");

    public static IReadOnlyList<MemoryAttack> All { get; } = [BeforeGreeting, AfterMail, InText];

    /// <param name="megabytes">The memory of the node's control group.</param>
    /// <param name="connections">The number of clients.</param>
    public async Task<MemoryOutcome> RunAsync(int megabytes, int connections)
    {
        using var group = new MemoryGroup(megabytes);
        await using var node = await AttackedNode.StartAsync(c => c["Smtp"]!["GreetDelay"] = this == BeforeGreeting ? "00:01:00" : "00:00:00", group.Wrapper);
        using var crowd = new Crowd();
        await crowd.ConnectAsync(node.EndPoint, connections, Stranger);
        var sending = crowd.SendAsync(Encoding.ASCII.GetBytes(Before), Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Repeated, 16 * 1024 / Repeated.Length))), SendTime);
        var trusted = Probe.OfTrusted(node.EndPoint);
        using var end = new CancellationTokenSource(SendTime, TimeProvider.System);
        var passage = await trusted.RunAsync(TimeSpan.FromMilliseconds(500), end.Token);
        var sent = await sending;
        var outcome = new MemoryOutcome(!node.Process.HasExited, crowd.Held, sent, node.Process.HasExited ? 0 : node.Process.Memory, passage);
        crowd.Dispose();
        return outcome with { StopCode = node.Process.HasExited ? -1 : await node.Process.StopAsync() };
    }

    // A place in each region in turn, so that no limit of a host, site or region steps in.
    private static IPAddress Stranger(int number) => new([127, (byte)(100 + (number % 100)), (byte)(number / 100 % 250), (byte)(1 + (number / 25_000))]);
}
