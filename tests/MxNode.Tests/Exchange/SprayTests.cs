using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class SprayTests : ExchangeTests
{
    // Recipients that one host may send at once: its hard limit of 20 an hour, over the time constant of half an hour.
    private const int Burst = 10;
    private const int Messages = 90;

    [Fact]
    public async Task A_spray_over_three_nodes_gets_no_more_through_than_a_burst_at_one()
    {
        await using var destination = new ScriptedHop();
        await using var a = await StartAsync(destination, "a", "operator-a");
        await using var b = await StartAsync(destination, "b", "operator-b", a.Address);
        await using var c = await StartAsync(destination, "c", "operator-c", a.Address);
        ExchangeNode[] nodes = [a, b, c];
        await ExchangeNode.LinkedAsync(nodes);

        var answers = await Task.WhenAll(Enumerable.Range(0, Messages).Select(i =>
            RawClient.SendMessageAsync(nodes[i % nodes.Length].Smtp, IPAddress.Parse("127.66.0.1"), "win@lottery.test", "ann@example.test")));

        Assert.InRange(answers.Count(reply => reply.StartsWith('2')), 0, Burst + 1);
        Assert.DoesNotContain(answers, reply => reply.StartsWith('5'));
        Assert.Equal(answers.Count(reply => reply.StartsWith('2')), destination.Received);
        Assert.DoesNotContain(nodes.SelectMany(n => n.Log.Lines), l => l.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_spray_over_a_trusted_quota_gets_the_quota_and_a_burst_through_at_most()
    {
        const int PerHour = 20; // half of them may come at once
        await using var destination = new ScriptedHop();
        await using var a = await StartAsync(destination, "a", "operator");
        await using var b = await StartAsync(destination, "b", "operator", a.Address);
        await using var c = await StartAsync(destination, "c", "operator", a.Address);
        ExchangeNode[] nodes = [a, b, c];
        await ExchangeNode.LinkedAsync(nodes);
        var host = IPAddress.Parse("127.66.0.2");
        foreach (var node in nodes)
        {
            node.Services.GetRequiredService<TrustBook>().Replace(TrustIndex.Build(
                [new TrustEntry { Network = new IPNetwork(host, 32), Kind = TrustKind.ListHost, RatePerHour = PerHour }]));
        }

        // As many as all nodes would accept if each applied the quota alone.
        var answers = await Task.WhenAll(Enumerable.Range(0, nodes.Length * PerHour / 2).Select(i =>
            RawClient.SendMessageAsync(nodes[i % nodes.Length].Smtp, host, "list@lists.test", "ann@example.test")));

        Assert.InRange(answers.Count(reply => reply.StartsWith('2')), 0, (PerHour / 2) + Burst + 1);
    }

    private Task<ExchangeNode> StartAsync(ScriptedHop destination, string name, string @operator, params string[] peers) =>
        StartAsync(name, peers, c => c with
        {
            Relay = new() { Routes = new Dictionary<string, string> { ["example.test"] = destination.EndPoint.ToString() }, AllowPrivateDestinations = true },
            Throttle = new() { MaxDelay = TimeSpan.FromSeconds(5) },
        }, @operator);
}
