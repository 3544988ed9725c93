using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;
using ThrottleNet.Real.Tests.Trust;

namespace ThrottleNet.Real.Tests.Clock;

/// <summary>Two node processes, one of which has a wall clock that the test sets while it runs.</summary>
public sealed class FakedClockTests
{
    private const int PeerJoined = 4010;
    private const int ClockDiffers = 4014;
    private const int ClockStepped = 504;

    [NeedsTheory(FakedClock.Program)]
    [InlineData("-2h")] // set back; then it goes forward by two hours, as after a sleep
    [InlineData("+2h")] // set forward; then it is set back
    public async Task Counts_flow_and_the_node_is_ready_after_its_clock_was_set(string wrong)
    {
        using var folder = new TemporaryFolder();
        var clock = new FakedClock(folder, "+0");
        await using var network = await FeedNetwork.CreateAsync(age: TimeSpan.FromDays(1)); // so the certificates are valid by the wrong clock, too
        var port = Ports.Free();
        var right = await network.StartAsync("a", port);
        var node = await network.StartUnderAsync(clock.Wrapper, "b", 0, port);
        await right.LogLineAsync("the link", l => l.EventId == PeerJoined);
        clock.Set(wrong);
        await node.LogLineAsync("the step", l => l.EventId == ClockStepped);

        await WarnsAsync(node, of: right, "127.1.0.1");
        await WarnsAsync(right, of: node, "127.2.0.1");
        await Eventually.HoldsAsync("503", async () => await ReadyAsync(node) is (HttpStatusCode.ServiceUnavailable, var why) && why.Contains("this node's clock is 0", StringComparison.Ordinal));
        Assert.InRange(Math.Abs((await PeerAsync(node)).GetProperty("skewSeconds").GetDouble()), 7100, 7300);

        clock.Set("+0");
        await Eventually.HoldsAsync("the step back", () => node.Log.Count(l => l.EventId == ClockStepped) == 2);
        await AttemptAsync(right, "127.3.0.1");
        await AttemptAsync(node, "127.4.0.1");
        await KnowsAsync(node, "127.3.0.1");
        await KnowsAsync(right, "127.4.0.1");
        await Eventually.HoldsAsync("200", async () => (await ReadyAsync(node)).Status == HttpStatusCode.OK);
    }

    [NeedsFact(FakedClock.Program)]
    public async Task A_node_that_started_before_its_clock_was_set_links_and_counts_once_it_is()
    {
        using var folder = new TemporaryFolder();
        var clock = new FakedClock(folder, "-2h");
        await using var network = await FeedNetwork.CreateAsync();
        var port = Ports.Free();
        var late = await network.StartUnderAsync(clock.Wrapper, "a", port);
        var starting = network.StartAsync("b", 0, port);
        await late.LogLineAsync("a certificate of the future", l => l.Message.Contains("refused", StringComparison.Ordinal));
        await Eventually.HoldsAsync("503", async () => await ReadyAsync(late) is (HttpStatusCode.ServiceUnavailable, var why) && why.Contains("before its certificate", StringComparison.Ordinal));
        clock.Set("+0");
        var other = await starting;
        await Eventually.HoldsAsync("200", async () => (await ReadyAsync(late)).Status == HttpStatusCode.OK);
        await late.LogLineAsync("the step", l => l.EventId == ClockStepped);
        await AttemptAsync(late, "127.1.0.1");
        await AttemptAsync(other, "127.2.0.1");
        await KnowsAsync(other, "127.1.0.1");
        await KnowsAsync(late, "127.2.0.1");
    }

    // A batch that comes late, over a link that was made again, says nothing about its origin's clock. So there are several.
    private static Task WarnsAsync(NodeProcess node, NodeProcess of, string source) => Eventually.HoldsAsync("the warning", async () =>
    {
        await AttemptAsync(of, source);
        return node.Log.Any(l => l.EventId == ClockDiffers);
    });

    // The recipient counts as it arrives, whatever its answer.
    private static async Task AttemptAsync(NodeProcess node, string source)
    {
        await using var client = await RawClient.ConnectAsync(node.Smtp, source);
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@example.org>", "<250", ">RCPT TO:<b@route.test>", "<");
    }

    private static Task KnowsAsync(NodeProcess node, string address) => Eventually.HoldsAsync($"the node to know of {address}", async () =>
    {
        using var client = new HttpClient { BaseAddress = node.Admin };
        var block = JsonElement.Parse(await client.GetStringAsync(new Uri($"api/block/{address}", UriKind.Relative)));
        return block.GetProperty("levels")[0].GetProperty("othersPerHour").GetDouble() > 0;
    });

    private static async Task<JsonElement> PeerAsync(NodeProcess node)
    {
        using var client = new HttpClient { BaseAddress = node.Admin };
        return JsonElement.Parse(await client.GetStringAsync(new Uri("api/peers", UriKind.Relative))).GetProperty("peers")[0];
    }

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(NodeProcess node)
    {
        using var client = new HttpClient { BaseAddress = node.Admin };
        using var answer = await client.GetAsync(new Uri("readyz", UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
