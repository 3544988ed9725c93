using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>Two nodes, one of which has a wall clock that is set wrong while it runs.</summary>
public sealed class ClockStepTests : ExchangeTests
{
    private const int ClockDiffers = 4014;
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.7"));
    private static readonly IpBlock OtherHost = IpBlock.Of(IPAddress.Parse("198.51.100.7"));
    private static readonly TimeSpan TwoHours = TimeSpan.FromHours(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Both_nodes_warn_of_a_wrong_clock_and_counts_flow_again_when_it_is_set(bool ahead)
    {
        // Valid by the wrong clock, too: a link that breaks can be made again.
        Pki.Issue("right", "operator-right", at: TimeProvider.System.GetUtcNow().AddDays(-1));
        Pki.Issue("wrong", "operator-wrong", at: TimeProvider.System.GetUtcNow().AddDays(-1));
        var time = new ShiftedTime();
        await using var right = await StartAsync("right", [], null);
        await using var wrong = await Network.StartAsync("wrong", [right.Address], c => c with { Admin = new() { Listen = new(IPAddress.Loopback, 0) } }, time: time);
        await ExchangeNode.LinkedAsync(right, wrong);

        time.Wall = ahead ? TwoHours : -TwoHours;
        await wrong.Log.LineAsync(504, "clock stepped");
        await WarnsAsync(wrong, of: right, ahead ? "behind" : "ahead of");
        await WarnsAsync(right, of: wrong, ahead ? "ahead of" : "behind");
        await Eventually.HoldsAsync("the wrong node to be not ready", async () => await ReadyAsync(wrong) is (HttpStatusCode.ServiceUnavailable, var why) && why.Contains("this node's clock", StringComparison.Ordinal));
        Assert.Contains(wrong.Services.GetRequiredService<MxNode.Telemetry.NodeHealth>().Faults, f => f.Component == "clock");
        var skew = (await wrong.Services.GetRequiredService<Neighbours>().DescribeAsync()).Peers.Single().SkewSeconds;
        Assert.InRange(skew!.Value, (ahead ? -7200 : 7200) - 60, (ahead ? -7200 : 7200) + 60);

        time.Wall = TimeSpan.Zero;
        await Eventually.HoldsAsync("the node to be ready", async () => (await ReadyAsync(wrong)).Status == HttpStatusCode.OK);
        var (before, beforeWrong) = (right.Count(Host).Others, wrong.Count(Host).Others);
        await right.RegisterAsync(Host, 2);
        await wrong.RegisterAsync(Host, 3);
        await Eventually.HoldsAsync("the counts to flow", () => right.Count(Host).Others > before + 2.5 && wrong.Count(Host).Others > beforeWrong + 1.5);
    }

    // A batch that comes late, over a link that was made again, says nothing about its origin's clock. So there are several.
    private static Task WarnsAsync(ExchangeNode node, ExchangeNode of, string difference) => Eventually.HoldsAsync($"{node.Name} to warn", () =>
    {
        of.Throttle.Register(OtherHost, null, new("a", "example.net"));
        return node.Log.Lines.Any(l => l.Event == ClockDiffers && l.Message.Contains(difference, StringComparison.Ordinal));
    });

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(ExchangeNode node)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"http://{node.Dashboard}/readyz"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
