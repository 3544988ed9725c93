using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>Whole nodes whose wall clocks are off.</summary>
public sealed class ClockStepTests : ExchangeTests
{
    private const int ClockDiffers = 4014;
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.7"));
    private static readonly TimeSpan TwoHours = TimeSpan.FromHours(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // a machine that wakes up: its clock was right, and is right again
    public async Task Both_nodes_are_told_of_a_wrong_clock_and_counts_flow_again_when_it_is_set(bool ahead)
    {
        var time = new ShiftedTime();
        await using var right = await StartAsync("right", [], null);
        await using var wrong = await Network.StartAsync("wrong", [right.Address], c => c with { Admin = new() { Listen = new(IPAddress.Loopback, 0) } }, time: time);
        await ExchangeNode.LinkedAsync(right, wrong);

        time.Wall = ahead ? TwoHours : -TwoHours;
        await wrong.Log.LineAsync(504, "clock stepped");
        right.Throttle.Register(Host, null, new("a", "example.net"));
        wrong.Throttle.Register(Host, null, new("b", "example.net"));
        await wrong.Log.LineAsync(ClockDiffers, ahead ? "behind" : "ahead of");
        await right.Log.LineAsync(ClockDiffers, ahead ? "ahead of" : "behind");
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

    private static async Task<(HttpStatusCode Status, string Text)> ReadyAsync(ExchangeNode node)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"http://{node.Dashboard}/readyz"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
