using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList.Statements;
using static ThrottleNet.MxNode.Tests.Trust.Feed.TrustingNetwork;

namespace ThrottleNet.MxNode.Tests.Trust.Feed;

/// <summary>The trusted list, shared between whole nodes.</summary>
[Trait("Category", "Slow")]
public sealed class FeedTests : IDisposable
{
    private readonly TrustingNetwork _network = new();

    public void Dispose() => _network.Dispose();

    [Fact]
    public async Task A_statement_at_one_node_is_in_force_at_all_even_through_a_node_that_only_calls()
    {
        using var isp = SigningKey.Create();
        await _network.SayAsync("a", Enrol("192.0.2.0/24"));
        await using var a = await _network.StartAsync("a");
        await using var b = await _network.StartAsync("b", a.Address);
        await using var c = await _network.StartAsync("c", listens: false, b.Address);
        await TrustsAsync(c, "192.0.2.1", true);

        await _network.SayAsync("a", Enrol("198.51.100.0/24"));
        await TrustsAsync(b, "198.51.100.1", true);
        await TrustsAsync(c, "198.51.100.1", true);

        // The delegate's log arrives from a node that does not listen, before any node has the delegation.
        await _network.SayAsync("c", Enrol("203.0.113.7/32"), isp);
        await _network.SayAsync("a", Delegate("203.0.113.0/24", isp));
        await TrustsAsync(a, "203.0.113.7", true);
        await TrustsAsync(b, "203.0.113.7", true);

        await _network.SayAsync("a", Revoke("192.0.2.0/24"));
        await TrustsAsync(c, "192.0.2.1", false);
        await _network.SayAsync("c", Revoke("203.0.113.7/32"), isp);
        await TrustsAsync(a, "203.0.113.7", false);
        Assert.DoesNotContain(a.Log.Lines.Concat(b.Log.Lines).Concat(c.Log.Lines), l => l.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_node_that_was_down_gets_the_missed_statements_and_keeps_its_own()
    {
        await _network.SayAsync("a", Enrol("192.0.2.0/24"));
        await using var a = await _network.StartAsync("a");
        await using (var b = await _network.StartAsync("b", a.Address))
        {
            await TrustsAsync(b, "192.0.2.1", true);
            await b.StopAsync();
        }

        await _network.SayAsync("a", Enrol("198.51.100.0/24"));
        await using var again = await _network.StartAsync("b", a.Address);
        await TrustsAsync(again, "192.0.2.1", true);
        await TrustsAsync(again, "198.51.100.1", true);
        await again.Log.LineAsync(4180, $"statements of {_network.Root.Public.Id} from a of operator-a: 1");
    }

    [Fact]
    public async Task A_key_used_in_two_places_is_frozen_everywhere_and_its_revocations_count()
    {
        await _network.SayAsync("a", Enrol("192.0.2.0/24"));
        await using var a = await _network.StartAsync("a");
        await using (var b = await _network.StartAsync("b", a.Address))
        {
            await TrustsAsync(b, "192.0.2.1", true);
            await b.StopAsync();
        }

        await _network.SayAsync("a", Enrol("198.51.100.0/24"));
        await _network.SayAsync("b", Enrol("203.0.113.0/24"));
        await _network.SayAsync("b", Revoke("192.0.2.0/24"));
        await using var again = await _network.StartAsync("b", a.Address);
        foreach (var node in new[] { a, again })
        {
            await TrustsAsync(node, "192.0.2.1", false);
            await TrustsAsync(node, "198.51.100.1", false);
            await TrustsAsync(node, "203.0.113.1", false);
            await node.Log.LineAsync(4103, _network.Root.Public.Id);
            Assert.Single(node.Services.GetRequiredService<TrustKeeper>().List.Forks);
        }
    }

    [Fact]
    public async Task A_log_that_was_lost_comes_back()
    {
        await _network.SayAsync("a", Enrol("192.0.2.0/24"));
        await using var a = await _network.StartAsync("a");
        await using var b = await _network.StartAsync("b", a.Address);
        await TrustsAsync(b, "192.0.2.1", true);
        File.Delete(a.Services.GetRequiredService<TrustStore>().LogPath(_network.Root.Public.Id));
        await a.Log.LineAsync(4180, "from b of operator-b");
        await TrustsAsync(a, "192.0.2.1", true);
    }
}
