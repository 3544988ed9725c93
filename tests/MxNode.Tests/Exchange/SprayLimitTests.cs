using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>
/// A host that goes from node to node and sends the next message only after the answer to the last. So each node
/// judges without a batch of the others in flight, and each bound is reached from below. Four nodes of four operators.
/// </summary>
public sealed class SprayLimitTests : ExchangeTests
{
    // What a host may send at once: its limit, 20 an hour or a day, over the time constant (twice the count is the rate).
    private const int Burst = 10;

    // What one node lets through while one other operator, which may lie, reports as much: half, and what decays meanwhile.
    private const int BesideOne = 6;

    private const int Messages = 24;

    private static readonly IPAddress Sender = IPAddress.Parse("127.66.0.1");

    private static ThrottleOptions Plain => new() { Hold = TimeSpan.FromSeconds(3), MaxDelay = TimeSpan.FromSeconds(3) };

    // No limit an hour that would be felt, and 20 a day.
    private static ThrottleOptions Daily => Plain with
    {
        Host = new() { Soft = 0.5f, Hard = 1000, Day = 2 * Burst },
        Site = new() { Soft = 500, Hard = 2000, Day = 20_000 },
        Region = new() { Soft = 500, Hard = 2000, Day = 20_000 },
    };

    [Theory]
    [InlineData(0, 4, Burst + 1)]
    [InlineData(1, 2, 2 * BesideOne)] // f + 1 operators
    [InlineData(1, 4, 2 * BesideOne)]
    public async Task A_host_gets_one_burst_through(int faulty, int over, int bound) =>
        Assert.InRange(await SprayAsync(faulty, over, Plain, isCrowded: false), Burst - 1, bound);

    [Theory]
    [InlineData(0, 4, Burst + 1)]
    [InlineData(1, 2, 2 * Burst)] // the day's count does not separate own from reported attempts, so less than half is left
    [InlineData(1, 4, 2 * Burst)]
    public async Task A_host_gets_the_burst_of_a_day_through(int faulty, int over, int bound) =>
        Assert.InRange(await SprayAsync(faulty, over, Daily, isCrowded: false), Burst - 1, bound);

    [Theory]
    [InlineData(0, 4, Burst + 1)]
    [InlineData(1, 2, 2 * BesideOne)]
    [InlineData(1, 4, 2 * BesideOne)]
    public async Task A_host_with_loud_neighbours_gets_as_much_through(int faulty, int over, int bound) =>
        Assert.InRange(await SprayAsync(faulty, over, Plain with { WarmUp = TimeSpan.Zero }, isCrowded: true), Burst - 1, bound);

    private async Task<int> SprayAsync(int faulty, int over, ThrottleOptions options, bool isCrowded)
    {
        await using var destination = new ScriptedHop();
        await using var a = await StartAsync(destination, "a", faulty, options);
        await using var b = await StartAsync(destination, "b", faulty, options, a);
        await using var c = await StartAsync(destination, "c", faulty, options, a);
        await using var d = await StartAsync(destination, "d", faulty, options, a);
        ExchangeNode[] nodes = [a, b, c, d];
        await ExchangeNode.LinkedAsync(nodes);
        if (isCrowded)
        {
            await CrowdAsync(nodes);
        }

        var passed = 0;
        for (var i = 0; i < Messages; i++)
        {
            var reply = await RawClient.SendMessageAsync(nodes[i % over].Smtp, Sender, "win@lottery.test", "ann@example.test");
            Assert.False(reply.StartsWith('5') && i < 2 * Burst, $"message {i}: {reply}");
            passed += reply.StartsWith('2') ? 1 : 0;
        }

        Assert.Equal(passed, destination.Received);
        Assert.DoesNotContain(nodes.SelectMany(n => n.Log.Lines), l => l.Level >= LogLevel.Error);
        return passed;
    }

    // Three of the sender's neighbours in its /24 try six times as much as all newcomers in it may, but each counts only up to its own limit.
    private static async Task CrowdAsync(ExchangeNode[] nodes)
    {
        foreach (var node in nodes)
        {
            var last = default(Attempt);
            for (var i = 0; i < 75; i++)
            {
                last = node.Throttle.Register(IpBlock.Of(IPAddress.Parse($"127.66.0.{100 + (i % 3)}")), new Mailbox("ann", "example.org"), new Mailbox($"user{i}", "example.net"));
            }

            await node.Services.GetRequiredService<HoldGate>().WhenComplete(last.Batch).WaitAsync(ExchangeNode.Patience);
        }
    }

    private Task<ExchangeNode> StartAsync(ScriptedHop destination, string name, int faulty, ThrottleOptions options, params ExchangeNode[] peers) =>
        StartAsync(name, peers.Select(p => p.Address), c => c with
        {
            Relay = new() { Routes = new Dictionary<string, string> { ["example.test"] = destination.EndPoint.ToString() }, AllowPrivateDestinations = true },
            Throttle = options,
            Exchange = c.Exchange with { Faulty = faulty, BatchInterval = TimeSpan.FromMilliseconds(100) },
        });
}
