using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Demo;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class SprayTests : ExchangeTests
{
    // What one host may send at once: its hard limit, 20 an hour, over the time constant of half an hour.
    private const int Burst = 10;
    private const int Messages = 90;

    [Fact]
    public async Task A_spray_over_three_nodes_gets_no_more_through_than_a_burst_at_one()
    {
        await using var destination = new DemoDestination(["ann"]);
        await destination.StartAsync();
        await using var a = await StartAsync(destination, "a", "operator-a");
        await using var b = await StartAsync(destination, "b", "operator-b", a.Address);
        await using var c = await StartAsync(destination, "c", "operator-c", a.Address);
        await Task.WhenAll(a.JoinedAsync("b"), a.JoinedAsync("c"), b.JoinedAsync("a"), b.JoinedAsync("c"), c.JoinedAsync("a"), c.JoinedAsync("b"));

        ExchangeNode[] nodes = [a, b, c];
        var answers = await Task.WhenAll(Enumerable.Range(0, Messages).Select(i =>
            DemoClient.DeliverAsync(IPAddress.Parse("127.66.0.1"), nodes[i % nodes.Length].Smtp, "win@lottery.test", "ann@example.test", CancellationToken.None)
                .WaitAsync(ExchangeNode.Patience * 2)));

        Assert.InRange(answers.Count(reply => reply is { IsPositive: true }), 0, Burst + 1);
        Assert.DoesNotContain(answers, reply => reply is { IsPermanent: true });
        Assert.Equal(answers.Count(reply => reply is { IsPositive: true }), destination.Messages);
        Assert.DoesNotContain(nodes.SelectMany(n => n.Log.Lines), l => l.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Fact]
    public async Task Nor_does_a_host_that_is_trusted_up_to_a_rate_beyond_that_rate()
    {
        const int PerHour = 20; // half of it at once
        await using var destination = new DemoDestination(["ann"]);
        await destination.StartAsync();
        await using var a = await StartAsync(destination, "a", "operator");
        await using var b = await StartAsync(destination, "b", "operator", a.Address);
        await using var c = await StartAsync(destination, "c", "operator", a.Address);
        await Task.WhenAll(a.JoinedAsync("b"), a.JoinedAsync("c"), b.JoinedAsync("a"), b.JoinedAsync("c"), c.JoinedAsync("a"), c.JoinedAsync("b"));
        ExchangeNode[] nodes = [a, b, c];
        var host = IPAddress.Parse("127.66.0.2");
        foreach (var node in nodes)
        {
            node.Services.GetRequiredService<TrustBook>().Replace(TrustIndex.Build(
                [new TrustEntry { Network = new IPNetwork(host, 32), Kind = TrustKind.ListHost, RatePerHour = PerHour }]));
        }

        // As many as each node alone would take by that trust.
        var answers = await Task.WhenAll(Enumerable.Range(0, nodes.Length * PerHour / 2).Select(i =>
            DemoClient.DeliverAsync(host, nodes[i % nodes.Length].Smtp, "list@lists.test", "ann@example.test", CancellationToken.None)
                .WaitAsync(ExchangeNode.Patience * 2)));

        Assert.InRange(answers.Count(reply => reply is { IsPositive: true }), 0, (PerHour / 2) + Burst + 1);
    }

    private Task<ExchangeNode> StartAsync(DemoDestination destination, string name, string @operator, params string[] peers) =>
        ExchangeNode.StartAsync(Pki, name, @operator, Data(name), peers, c => c with
        {
            Relay = new() { Routes = new Dictionary<string, string> { ["example.test"] = destination.EndPoint.ToString() }, AllowPrivateDestinations = true },
            Throttle = new() { MaxDelay = TimeSpan.FromSeconds(5) },
        });
}
