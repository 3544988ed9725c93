using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Cluster;
using ClusterMember = ThrottleNet.Cluster.Members.ClusterMember;

namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>What an operator sees of a cluster that has a fault.</summary>
[Trait("Category", "Slow")]
[Collection(SiloTests.Name)]
public sealed class ClusterReportTests : IAsyncLifetime
{
    private readonly ClusterNodes _cluster = new();

    [Fact]
    public async Task A_node_that_does_not_answer_is_named_after_a_second()
    {
        await Task.WhenAll(_cluster.StartAsync("a"), _cluster.StartAsync("b"), _cluster.StartAsync("c"));
        await Eventually.HoldsAsync("three nodes", () => _cluster["a"].LiveNodes == 3);
        var (services, time) = (_cluster["a"].Services, new FakeTimeProvider());
        var calls = new NodeCalls(services.GetRequiredService<ShardCalls>(), services.GetRequiredService<ClusterLog>(), time);
        var asked = 0;
        var asking = calls.AskOthersAsync(_ => Interlocked.Increment(ref asked) == 1 ? Task.FromResult("an answer") : new TaskCompletionSource<string>().Task, "something");
        await time.PassAsync(TimeSpan.FromSeconds(1));
        var (answers, silent) = await asking.WaitAsync(Eventually.Patience);
        Assert.Equal(("b", "an answer"), Assert.Single(answers));
        Assert.Equal(["c"], silent);
    }

    [Fact]
    public async Task A_list_of_members_that_was_lost_is_shown_by_status_by_a_metric_and_in_the_log()
    {
        const int lost = 9011;
        var node = await _cluster.StartAsync("a", c => c with { Admin = new() { Listen = new(IPAddress.Loopback, 0) } });
        using var http = new HttpClient { BaseAddress = new Uri($"http://{node.Host.Admin}/") };
        Assert.Equal(0, await FaultsAsync());
        File.Delete(_cluster.Members);
        await node.Log.LineAsync(lost, "was lost");
        var fault = Assert.Single((await node.Services.GetRequiredService<AdminDesk>().StatusAsync()).Faults);
        Assert.Contains("restart all nodes one after the other", fault.Reason, StringComparison.Ordinal);
        Assert.Equal(1, await FaultsAsync());

        async Task<int> FaultsAsync() => (await http.GetStringAsync(new Uri("metrics", UriKind.Relative))).Split('\n')
            .Where(l => l.StartsWith("throttlenet_cluster_list_faults{", StringComparison.Ordinal)).Select(l => l.Split("} ")[1][0] - '0').Single();
    }

    [Fact]
    public void Of_nodes_that_are_gone_the_last_are_shown()
    {
        var view = ClusterView.Empty;
        for (var i = 0; i < 30; i++)
        {
            view = view.With(new ClusterMember(new NodeId($"gone{i}", 1), 1, i % 2 == 0 ? MemberState.Dead : MemberState.Left, Gateway: false, i))
                .With(new ClusterMember(new NodeId($"live{i}", 1), 1, MemberState.Live, Gateway: false, i));
        }

        var expected = Enumerable.Range(0, 30).Select(i => $"live{i}").Concat(Enumerable.Range(14, 16).Select(i => $"gone{i}"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), ClusterMonitor.Shown(view).Select(m => m.Node.Name));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();
}
