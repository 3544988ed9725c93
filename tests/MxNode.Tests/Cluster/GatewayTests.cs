using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Admin;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.TestKit;

namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>A cluster beside another operator's single node.</summary>
[Trait("Category", "Slow")]
[Collection(SiloTests.Name)]
public sealed class GatewayTests : IAsyncLifetime
{
    private const int BurstAndOne = 11;
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("198.51.100.7"));

    private readonly TestPki _pki = new();
    private readonly TemporaryFolder _folder = new();
    private readonly ClusterNodes _cluster = new();
    private ExchangeNode? _peer;

    [Fact]
    public async Task Counts_of_every_node_reach_the_other_operator_and_its_counts_reach_every_node()
    {
        await StartAsync(["a"], ["b"]);
        for (var i = 0; i < 3; i++)
        {
            await _cluster.AttemptAsync(_cluster["b"], Host);
        }

        await _peer!.KnowsAsync(Host, 3);
        await _peer.RegisterAsync(Host, 2);
        await _cluster.AgreeAsync(Host, 5);
        Assert.InRange(_peer.Count(Host).Others, 2.5, 3.1);
    }

    [Fact]
    public async Task Two_gateways_report_each_count_once_and_the_other_one_goes_on_when_one_stops()
    {
        await StartAsync(["a", "c"], ["b"]);
        foreach (var node in _cluster.All)
        {
            await _cluster.AttemptAsync(node, Host);
        }

        await _peer!.KnowsAsync(Host, 3);
        var speaker = _cluster.All.Single(n => n.Services.GetRequiredService<ClusterStatus>().Speaks);
        await _cluster.StopAsync(speaker.Name);
        await _cluster.AttemptAsync(_cluster["b"], Host);
        await _peer.KnowsAsync(Host, 4);
        Assert.InRange(_peer.Count(Host).Others, 3.5, 4.1);
        await _cluster.AgreeAsync(Host, 4);
    }

    [Fact]
    public async Task Of_a_spray_over_a_cluster_and_another_operator_at_most_one_burst_passes()
    {
        await StartAsync(["a"], ["b"]);
        var nodes = _cluster.All.ToList();
        var inCluster = Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => _cluster.AttemptAsync(nodes[i % 2], Host))));
        var elsewhere = Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => _peer!.AttemptAsync(Host))));
        var passed = (await inCluster).Concat(await elsewhere).Count(v => v.Passes);
        Assert.InRange(passed, 0, BurstAndOne);
    }

    // Where no other operator is taken for a liar (Exchange:Faulty=0), what its nodes passed counts against the quota too.
    [Fact]
    public async Task A_trusted_quota_is_used_once_by_a_spray_over_a_cluster_and_another_operators_node()
    {
        const int quota = 60; // recipients an hour; half of it may come at once
        const int elsewhere = 10;
        await StartAsync(["a"], ["b", "c"], faulty: 0);
        for (var i = 0; i < elsewhere; i++)
        {
            Assert.NotNull(_peer!.Throttle.RegisterQuota(Host, quota));
        }

        await Eventually.HoldsAsync("the other operator's use at all nodes", () => _cluster.All.All(n => n.Throttle.QuotaPerHour(Host) > (2 * elsewhere) - 1));
        var nodes = _cluster.All.ToList();
        var passed = await Task.WhenAll(Enumerable.Range(0, 120).Select(i => Task.Run(() => ClusterNodes.UseQuotaAsync(nodes[i % 3], Host, quota))));
        Assert.InRange(passed.Count(p => p), (quota / 2) - elsewhere, (quota / 2) - elsewhere + 1);
    }

    // Reports of other operators that nobody corroborates take nobody's trust away; the cluster's own counts are exact all the same.
    [Fact]
    public async Task Beside_an_operator_that_may_lie_a_cluster_counts_a_trusted_quota_exactly()
    {
        const int quota = 60;
        await StartAsync(["a"], ["b", "c"]);
        await _peer!.RegisterAsync(Host, 1);
        await _cluster.AgreeAsync(Host, 1);
        _peer.Throttle.RegisterQuota(Host, quota);
        var nodes = _cluster.All.ToList();
        var passed = await Task.WhenAll(Enumerable.Range(0, 120).Select(i => Task.Run(() => ClusterNodes.UseQuotaAsync(nodes[i % 3], Host, quota))));
        Assert.InRange(passed.Count(p => p), quota / 2, (quota / 2) + 1);
    }

    [Fact]
    public async Task A_speaker_that_stops_reports_what_it_has_before_it_ends()
    {
        await StartAsync(["a", "c"], []);
        var speaker = _cluster.All.Single(n => n.Services.GetRequiredService<ClusterStatus>().Speaks);
        for (var i = 0; i < 4; i++)
        {
            speaker.Throttle.Register(Host, new Mailbox("ann", "example.org"), new Mailbox($"bob{i}", "example.net"));
        }

        await _cluster.StopAsync(speaker.Name);
        await _peer!.KnowsAsync(Host, 4);
        Assert.InRange(_peer.Count(Host).Others, 3.5, 4.1);
    }

    [Fact]
    public async Task Any_node_describes_the_links_of_all_gateways()
    {
        await StartAsync(["a"], ["b"]);
        var (gateways, silent) = await _cluster["b"].Services.GetRequiredService<GatewayReports>().OthersAsync();
        var gateway = Assert.Single(gateways);
        Assert.Empty(silent);
        Assert.Equal(("a", "p"), (gateway.Name, Assert.Single(gateway.Peers).Name));
        Assert.Empty((await _cluster["a"].Services.GetRequiredService<GatewayReports>().OthersAsync()).Gateways);

        // The same by gRPC.
        var services = _cluster["b"].Services;
        var admin = new AdminService(services.GetRequiredService<AdminDesk>(), services);
        var listed = await admin.ListPeers(new ListPeersRequest(), null!);
        Assert.Equal(("", "a", "p"), (listed.Network, Assert.Single(listed.Gateways).Name, Assert.Single(listed.Gateways[0].Peers).Name));
        Assert.Empty(listed.Silent);
        var cluster = (await admin.GetStatus(new GetStatusRequest(), null!)).Cluster;
        Assert.Equal(["a live gateway", "b live"], cluster.Members.Where(m => m.Answered).Select(m => $"{m.Name} {m.State}{(m.Gateway ? " gateway" : "")}"));
    }

    [Fact]
    public async Task A_node_of_this_operator_in_another_cluster_is_shown_by_status_by_a_metric_and_in_the_log()
    {
        const int strange = 9012;
        await StartAsync(["a"], []);
        await using var other = new ClusterNodes();
        await other.StartAsync("z", c => AsGateway("z", c) with { Cluster = c.Cluster with { Name = "other" } });
        await _peer!.JoinedAsync("z");
        var (host, watch) = (_cluster["a"], _cluster["a"].Services.GetRequiredService<StrangerWatch>());
        await Eventually.HoldsAsync("the stranger", async () =>
        {
            await other.AttemptAsync(other["z"], Host);
            host.Services.GetRequiredService<CountingClock>().Advance(5000); // a node has half a minute to join
            return watch.Count == 1;
        });
        var line = await host.Log.LineAsync(strange, "is not in this cluster");
        var fault = Assert.Single((await host.Services.GetRequiredService<AdminDesk>().StatusAsync()).Faults);
        Assert.Contains("Cluster:Members", fault.Reason, StringComparison.Ordinal);
        Assert.Contains(line.Split("node ")[1].Split(' ')[0], fault.Reason, StringComparison.Ordinal);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_peer is not null)
        {
            await _peer.DisposeAsync();
        }

        await _cluster.DisposeAsync();
        _folder.Dispose();
        _pki.Dispose();
    }

    // Waits until every gateway is linked with the other operator, and every attempt is judged by a marker.
    private async Task StartAsync(string[] gateways, string[] others, int faulty = 2)
    {
        _peer = await ExchangeNode.StartAsync(_pki, "p", "other", _folder.Make("p"), []);
        await Task.WhenAll(
            gateways.Select(name => _cluster.StartAsync(name, c => WithFaulty(AsGateway(name, c)))).Concat(others.Select(name => _cluster.StartAsync(name, WithFaulty))));
        foreach (var name in gateways)
        {
            await _peer.JoinedAsync(name);
        }

        await _cluster.ReadyAsync();

        NodeConfiguration WithFaulty(NodeConfiguration c) => c with { Exchange = c.Exchange with { Faulty = faulty } };
    }

    private NodeConfiguration AsGateway(string name, NodeConfiguration configuration)
    {
        var (certificate, key) = _pki.Issue(name, "cluster");
        return configuration with
        {
            Exchange = new() { Listen = new(IPAddress.Loopback, 0), Peers = [_peer!.Address], Certificate = certificate, Key = key, Authority = _pki.Authority },
        };
    }
}
