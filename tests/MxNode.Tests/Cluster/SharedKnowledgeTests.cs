using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Tests.Trust.Feed;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>What the nodes of a cluster know alike beside their counts, with real silos.</summary>
[Trait("Category", "Slow")]
[Collection(SiloTests.Name)]
public sealed class SharedKnowledgeTests : IAsyncLifetime
{
    private const string Stranger = "192.0.2.7";

    // Recipients an hour.
    private const int Quota = 60;

    private static readonly IPAddress Address = IPAddress.Parse(Stranger);
    private static readonly IpBlock Host = IpBlock.Of(Address);

    private static readonly Dictionary<string, IPAddress> Loopbacks = new()
    {
        ["a"] = IPAddress.Parse("127.0.0.1"),
        ["b"] = IPAddress.Parse("127.0.0.2"),
        ["c"] = IPAddress.Parse("127.0.0.3"),
    };

    private readonly ClusterNodes _cluster = new();

    [Fact]
    public async Task Guards_count_courtesies_together_and_an_unblock_at_any_node_gives_them_anew()
    {
        await StartAsync(AsGuard, "a", "b");
        await _cluster.StartAsync("c"); // a relay without a guard
        for (var i = 0; i < 3; i++)
        {
            var guard = i % 2 == 0 ? "a" : "b";
            Assert.Equal(GuardReason.Courtesy, await AskAsync(guard, $"mail{i}"));
            await Eventually.HoldsAsync("the other guard to know of it", () => Courtesies("a") == i + 1 && Courtesies("b") == i + 1);
        }

        Assert.Equal(GuardReason.Exhausted, await AskAsync("b", "mail4"));
        Drops("c").Unblock(Address);
        await Eventually.HoldsAsync("new courtesies at all guards", () => Courtesies("a") == 0 && Courtesies("b") == 0);
        Assert.Equal(GuardReason.Courtesy, await AskAsync("a", "mail5"));
        Assert.Equal(GuardReason.Courtesy, await AskAsync("b", "mail5"));
    }

    [Fact]
    public async Task A_guard_that_joins_knows_the_courtesies_and_the_decisions_of_before()
    {
        await StartAsync(AsGuard, "a");
        for (var i = 0; i < 4; i++)
        {
            await AskAsync("a", $"mail{i}");
        }

        Drops("a").Unblock(IPAddress.Parse("192.0.2.8"));
        await _cluster.StartAsync("b", AsGuard);
        await Eventually.HoldsAsync("the pages", () => Courtesies("b") == 4);
        Assert.Equal(GuardReason.Exhausted, await AskAsync("b", "mail5"));
        Assert.Single(Drops("b").ReadAll());
    }

    [Fact]
    public async Task A_host_that_an_operator_unblocks_is_no_longer_refused_by_any_relay_of_the_cluster()
    {
        await StartAsync(null, "a", "b");
        var nodes = _cluster.All.ToList();
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => _cluster.AttemptAsync(nodes[i % 2], Host)));
        await Eventually.HoldsAsync("a refusal at both", async () =>
        {
            await Task.WhenAll(nodes.Select(n => _cluster.AttemptAsync(n, Host)));
            return nodes.TrueForAll(n => n.Throttle.IsRefusedAtConnect(Host, out _));
        });
        Assert.True(Drops("a").Unblock(Address).WasRefused);
        await Eventually.HoldsAsync("no refusal at either", () => nodes.TrueForAll(n => !n.Throttle.IsRefusedAtConnect(Host, out _) && n.Count(Host) < 1));
    }

    [Fact]
    public async Task A_retry_that_comes_to_another_node_is_known_as_one_and_a_delivered_message_is_forgotten()
    {
        await StartAsync(null, "a", "b");
        var engines = _cluster.All.Select(EngineOf).ToList();
        await Eventually.HoldsAsync("one key", () => engines[0].ReadRetrySecret() == engines[1].ReadRetrySecret());
        var delivered = Attempt(_cluster["a"], "ann");
        await Eventually.HoldsAsync("the envelope in both memories", () => engines.TrueForAll(e => Holds(e, delivered)));
        _cluster["b"].Throttle.Delivered(delivered);
        await Eventually.HoldsAsync("no envelope", () => !engines.Exists(e => Holds(e, delivered)));

        var waiting = Attempt(_cluster["a"], "bob");
        await Eventually.HoldsAsync("the other envelope in both memories", () => engines.TrueForAll(e => Holds(e, waiting)));
        Assert.Equal(AttemptKind.New, KindLater(EngineOf(_cluster["b"]), delivered));
        Assert.Equal(AttemptKind.Undelivered, KindLater(EngineOf(_cluster["b"]), waiting));
    }

    [Fact]
    public async Task A_node_that_joins_takes_over_the_oldest_nodes_key_and_its_retry_memory()
    {
        await StartAsync(null, "a");
        var attempt = Attempt(_cluster["a"], "ann");
        var key = EngineOf(_cluster["a"]).ReadRetrySecret();
        await _cluster.StartAsync("b");
        var joined = EngineOf(_cluster["b"]);
        await Eventually.HoldsAsync("the memory", () => Holds(joined, attempt));
        Assert.Equal((key, key), (EngineOf(_cluster["a"]).ReadRetrySecret(), joined.ReadRetrySecret()));
        Assert.Equal(AttemptKind.Undelivered, KindLater(joined, attempt));
    }

    [Fact]
    public async Task The_magic_zone_has_the_nodes_that_are_ready_and_loses_one_that_stops()
    {
        await StartAsync(c => c with { Smtp = c.Smtp with { Listen = [new(Loopbacks[c.Node.Name], 0)] } }, "a", "b", "c");
        await Eventually.HoldsAsync("all nodes in the zone of each", () => _cluster.All.All(n => Listed(n).SetEquals(Loopbacks.Values)));
        Assert.Equal(Loopbacks["b"], Assert.Single(_cluster["a"].Services.GetRequiredService<LiveNodes>().Named["b.throttle-mx.test"]));
        await _cluster.StopAsync("c");
        await Eventually.HoldsAsync("two nodes", () => _cluster.All.All(n => Listed(n).Count == 2));

        static HashSet<IPAddress> Listed(ClusterNodeHost node) => [.. node.Services.GetRequiredService<LiveNodes>().Listed];
    }

    [Fact]
    public async Task A_statement_signed_at_one_node_is_on_the_list_of_all()
    {
        using var root = SigningKey.Create();
        await StartAsync(c => c with { Trust = c.Trust with { Roots = [root.Public.Id] } }, "a", "b");
        var store = new TrustStore(TrustStore.FolderOf(_cluster.Data("b")), TimeProvider.System);
        await store.AppendAsync(root.Public, [SignedStatement.Sign(TrustingNetwork.Enrol("198.51.100.0/24"), root, store.Read(root.Public.Id).Head, TimeProvider.System.GetUtcNow())]);
        await Eventually.HoldsAsync("the entry at both", () => _cluster.All.All(n => n.Services.GetRequiredService<TrustBook>().Find(IPAddress.Parse("198.51.100.1")) is not null));
    }

    [Fact]
    public async Task A_trusted_quota_is_used_once_by_a_spray_over_the_cluster()
    {
        await StartAsync(null, "a", "b", "c");
        var nodes = _cluster.All.ToList();
        var passed = await Task.WhenAll(Enumerable.Range(0, 120).Select(i => Task.Run(() => ClusterNodes.UseQuotaAsync(nodes[i % 3], Host, Quota))));
        Assert.InRange(passed.Count(p => p), Quota / 2, (Quota / 2) + 1); // half of it may come at once
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    private static NodeConfiguration AsGuard(NodeConfiguration configuration) =>
        configuration with { Guard = new() { Listen = [new(IPAddress.Loopback, 0)], Courtesy = 3, CourtesyInterval = TimeSpan.Zero } };

    private async Task StartAsync(Func<NodeConfiguration, NodeConfiguration>? change, params string[] names)
    {
        await Task.WhenAll(names.Select(name => _cluster.StartAsync(name, change)));
        await _cluster.ReadyAsync();
    }

    private async Task<GuardReason> AskAsync(string guard, string mail) =>
        (await _cluster[guard].Services.GetRequiredService<GuardDesk>().DecideAsync(new GuardQuestion(Address, mail), default)).Reason;

    private static CountingEngine EngineOf(ClusterNodeHost node) => node.Services.GetRequiredService<CountingEngine>();

    private static Attempt Attempt(ClusterNodeHost node, string recipient)
    {
        var attempt = node.Throttle.Register(Host, null, new Mailbox(recipient, "example.net"));
        Assert.True(node.Throttle.Judge(attempt).Passes);
        return attempt;
    }

    // An entry has the low 38 bits of the envelope's hash above its wait and time.
    private static bool Holds(CountingEngine engine, Attempt attempt) =>
        engine.ReadRetries().Skip(3).Where((_, i) => i % 2 == 1).Any(entry => entry >> 26 == (((attempt.Envelope << 26) >> 26) | 1));

    // What the envelope is taken for if it comes again in two minutes.
    private static AttemptKind KindLater(CountingEngine engine, in Attempt attempt) =>
        engine.Register(Host, attempt.Envelope, toPostmaster: false, TimeProvider.System.GetUtcNow().AddMinutes(2).ToUnixTimeMilliseconds()).Kind;

    private int Courtesies(string guard) =>
        _cluster[guard].Services.GetRequiredService<CourtesyBook>().ReadAll().SingleOrDefault(n => n.Host == Stranger)?.Page!.Courtesies ?? 0;

    private GuardDrops Drops(string node) => _cluster[node].Services.GetRequiredService<GuardDrops>();
}
