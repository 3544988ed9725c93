using ThrottleNet.Cluster;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Cluster.Tests.Rules;
using static ThrottleNet.Cluster.Tests.Rules.Script;
using static ThrottleNet.MxNode.Tests.Cluster.Rules.RuleCluster;

namespace ThrottleNet.MxNode.Tests.Cluster.Rules;

/// <summary>Rules 8 to 11, 14, 16 and 17 of docs/cluster-protocol.md through the grains of an Orleans cluster, on a fake clock.</summary>
[Trait("Category", "Slow")]
[Collection(SiloTests.Name)]
public sealed class GatewayRuleTests : IAsyncLifetime
{
    private readonly RuleCluster _cluster = new();

    [Fact]
    public async Task Rule_8_two_gateways_that_both_act_as_speaker_report_each_count_once()
    {
        var first = await _cluster.StartAsync("g1", View("g1"), Linked);
        var second = await _cluster.StartAsync("g2", View("g2"), Linked);
        await SettleAsync(first, second);
        for (var attempt = 0; attempt < 20; attempt++)
        {
            (attempt % 3 == 0 ? first : second).Register(attempt);
            await first.PushAsync();
            await second.PushAsync();
            _cluster.Wait(200);
        }

        _cluster.Wait(ClusterLimits.ReportInterval);
        await SettleAsync(first, second);
        Assert.True(first.Published.Count > 2 && second.Published.Count > 2);
        Assert.Equal(Enumerable.Range(0, 20), first.Published.Concat(second.Published).Order());
    }

    [Fact]
    public async Task Rule_8_counts_are_reported_even_if_the_oldest_gateway_of_every_view_is_dead()
    {
        var view = View("g1", "g2", "g3");
        var (second, third) = (await _cluster.StartAsync("g2", view, Linked), await _cluster.StartAsync("g3", view, Linked));
        second.Register(1);
        await SettleAsync(second, third);
        Assert.Empty(second.Published);
        _cluster.Wait(ClusterLimits.Overdue);
        await SettleAsync(second, third);
        Assert.Equal([1], second.Published.Concat(third.Published));
    }

    [Fact]
    public async Task Rule_9_a_batch_is_acknowledged_once_it_is_read_back_from_each_of_its_shards()
    {
        var gateway = await _cluster.StartAsync("g1", View("g1"), Linked, shards: 2);
        await gateway.PushAsync(First, shard: 0);
        await gateway.PushAsync(Second, shard: 1);
        gateway.Receive(new PeerBatchKey(7, 1, 1), "other", 10, 11);
        await gateway.PushAsync(First, shard: 0);
        Assert.Empty(gateway.Of<BatchOrdered>());
        await gateway.LoseReplyAsync(Second, shard: 1);
        Assert.Empty(gateway.Of<BatchOrdered>());
        _cluster.Wait(50);
        await gateway.PushAsync(Second, shard: 1);
        Assert.Single(gateway.Of<BatchOrdered>());
        Assert.Equal([10, 11], gateway.Ledger.Order());
    }

    [Fact]
    public async Task Rule_10_a_promised_batch_whose_counts_another_gateway_reported_is_published_empty()
    {
        var first = await _cluster.StartAsync("g1", View("g1"), Linked);
        var second = await _cluster.StartAsync("g2", View("g2"), Linked);
        await SettleAsync(first, second);
        first.Register(1);
        await SettleAsync(first, second);
        Assert.Equal([1], first.Published);
        second.Register(2);
        await second.PushOnceAsync();
        _cluster.Wait(ClusterLimits.PollInterval);
        await first.PushAsync();
        Assert.Equal(2ul, first.Promise());
        await second.PushAsync();
        Assert.Equal([2], second.Published);
        _cluster.Wait(ClusterLimits.PollInterval);
        await first.PushAsync();
        var batch = first.Of<PublishBatch>().Last();
        Assert.Equal((2ul, 0), (batch.Seq, batch.Counts.Count));
    }

    [Fact]
    public async Task Rule_11_an_attempt_waits_for_the_marker_of_its_range_which_follows_the_peers_batches()
    {
        var view = View("g1", "a");
        var (gateway, a) = (await _cluster.StartAsync("g1", view, Linked), await _cluster.StartAsync("a", view));
        await SettleAsync(gateway, a);
        a.Register(1);
        await SettleAsync(a, gateway);
        Assert.Null(a.Decision(1));
        a.Register(2);
        await SettleAsync(a);
        gateway.Receive(new PeerBatchKey(7, 1, 1), "other", 50);
        gateway.HoldCompleted(1);
        await SettleAsync(gateway, a);
        Assert.Equal(Basis.Marker, a.Decision(1)?.Basis);
        Assert.True(a.Effects.FindIndex(e => e is ApplyPeerBatch) < a.Effects.FindIndex(e => e is Decide));
        Assert.Null(a.Decision(2));
        _cluster.Wait(Hold);
        Assert.Equal(Basis.HoldOrdered, a.Decision(2)?.Basis);
    }

    [Fact]
    public async Task Rule_14_a_batch_of_an_own_gateway_is_not_applied_even_if_no_view_names_the_gateway()
    {
        var view = View("g1", "a");
        var (gateway, a) = (await _cluster.StartAsync("g1", view, Linked), await _cluster.StartAsync("a", view));
        await SettleAsync(gateway, a);
        gateway.Receive(new PeerBatchKey(99, 1, 1), "cluster", 50);
        await SettleAsync(gateway, a);
        Assert.Single(gateway.Of<BatchOrdered>());
        Assert.Empty(gateway.Ledger);
        Assert.Empty(a.Ledger);
    }

    [Fact]
    public async Task Rule_16_a_snapshot_leaves_out_what_no_batch_carries_and_there_is_none_while_a_batch_may_be_on_its_way()
    {
        var view = View("g1", "g2");
        var (first, second) = (await _cluster.StartAsync("g1", view, Linked), await _cluster.StartAsync("g2", view, Linked));
        await SettleAsync(first, second);
        Assert.Null(first.LeftOut());
        _cluster.Wait(ClusterLimits.SnapshotCalm);
        second.Register(1);
        await second.PushAsync();
        for (var i = 0; i < 10 && first.Ledger.Count == 0; i++)
        {
            await first.PushOnceAsync();
        }

        Assert.Equal([1], first.LeftOut());
        await SettleAsync(first, second);
        Assert.Equal([1], first.Published);
        Assert.Equal([], first.LeftOut());
        Assert.Null(second.LeftOut());
    }

    [Fact]
    public async Task Rule_17_batches_in_a_snapshot_that_a_gateway_takes_are_not_applied_again()
    {
        var view = View("g1", "g2");
        var (first, second) = (await _cluster.StartAsync("g1", view, Linked), await _cluster.StartAsync("g2", view, Linked));
        await SettleAsync(first, second);
        first.Receive(new PeerBatchKey(7, 1, 2), "other", 12);
        first.TakeSnapshot([new PeerBatchRange(7, 1, 1, [2])], 11, 12);
        second.Receive(new PeerBatchKey(7, 1, 1), "other", 11);
        await SettleAsync(first, second);
        Assert.Equal([11, 12], first.Ledger.Order());
        Assert.Equal([11, 12], second.Ledger.Order());
        Assert.Single(first.Of<BatchOrdered>());
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();
}
