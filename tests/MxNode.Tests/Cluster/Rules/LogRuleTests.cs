using ThrottleNet.Cluster;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Cluster.Tests.Rules;
using static ThrottleNet.Cluster.Tests.Rules.Script;
using static ThrottleNet.MxNode.Tests.Cluster.Rules.RuleCluster;

namespace ThrottleNet.MxNode.Tests.Cluster.Rules;

/// <summary>Rules 1 to 7 and 12, 13, 15 of docs/cluster-protocol.md through the grains of an Orleans cluster, on a fake clock.</summary>
[Trait("Category", "Slow")]
[Collection(SiloTests.Name)]
public sealed class LogRuleTests : IAsyncLifetime
{
    private readonly RuleCluster _cluster = new();

    [Fact]
    public async Task Rule_1_a_push_whose_answer_was_lost_counts_once()
    {
        var (a, b) = await StartAsync("a", "b");
        await SettleAsync(a, b);
        a.Register(1);
        await a.LoseReplyAsync();
        _cluster.Wait(50);
        await SettleAsync(a, b);
        Assert.Equal([1], b.Ledger);
        Assert.Equal([1], a.Ledger);
    }

    [Fact]
    public async Task Rule_1_a_push_for_an_ended_generation_adds_nothing_to_the_next_one()
    {
        var view = View("g1", "a");
        var (gateway, a) = (await _cluster.StartAsync("g1", view, Linked), await _cluster.StartAsync("a", view));
        await SettleAsync(gateway, a);
        a.Register(1);
        await a.PushAsync();
        _cluster.Wait(ClusterLimits.PollInterval);
        await gateway.PushOnceAsync(); // reads the count; its report mark is in the next push
        await _cluster.EndAsync("a", First);
        await gateway.PushAsync();
        await SettleAsync(a, gateway);
        await ReportAsync(gateway);
        Assert.Empty(gateway.Published); // the mark was for a generation that is lost with its home
        Assert.Equal([1], gateway.Ledger);
    }

    [Fact]
    public async Task Rule_2_counts_that_are_resent_to_the_next_generation_are_not_reported_again()
    {
        var view = View("g1", "a");
        var (gateway, a) = (await _cluster.StartAsync("g1", view, Linked), await _cluster.StartAsync("a", view));
        await SettleAsync(gateway, a);
        a.Register(1);
        await a.PushAsync();
        await ReportAsync(gateway);
        Assert.Equal([1], gateway.Published);
        await _cluster.EndAsync("a", First);
        await SettleAsync(a, gateway);
        a.Register(2);
        await SettleAsync(a, gateway);
        await ReportAsync(gateway);
        Assert.Equal([1, 2], gateway.Published);
    }

    [Fact]
    public async Task Rule_3_what_is_counted_while_a_push_is_unanswered_has_the_next_generation_as_its_home()
    {
        var view = View("g1", "a");
        var (gateway, a) = (await _cluster.StartAsync("g1", view, Linked), await _cluster.StartAsync("a", view));
        await SettleAsync(gateway, a);
        a.Register(1);
        a.LosePush();
        a.Register(2);
        await _cluster.EndAsync("a", First);
        _cluster.Wait(50);
        await SettleAsync(a, gateway);
        await ReportAsync(gateway);
        Assert.Equal([2], gateway.Published);
        Assert.Equal([1, 2], gateway.Ledger.Order());
    }

    [Fact]
    public async Task Rule_4_when_the_counting_node_and_its_silo_end_another_node_resends_its_counts()
    {
        var view = View("a", "b", "c");
        foreach (var name in new[] { "a", "b", "c" })
        {
            await _cluster.StartAsync(name, view);
        }

        await SettleAsync([.. _cluster.Nodes]);
        var host = _cluster.Host;
        var (reader, late) = (_cluster.Nodes.First(n => n != host), _cluster.Nodes.Last(n => n != host));
        host.Register(1);
        await host.PushAsync();
        await reader.PushAsync();
        Assert.Equal([1], reader.Ledger);
        Assert.Empty(late.Ledger);
        await _cluster.KillAsync(host);
        for (var i = 0; i < 50 && late.Ledger.Count == 0; i++)
        {
            await SettleAsync(reader, late);
        }

        Assert.Equal([1], late.Ledger);
        Assert.Equal([1], reader.Ledger);
        Assert.Contains(_cluster.Host, new[] { reader, late });
    }

    [Fact]
    public async Task Rule_5_what_a_node_lacks_that_is_declared_dead_is_kept_for_two_minutes()
    {
        var view = View("a", "b", "c");
        foreach (var name in new[] { "a", "b", "c" })
        {
            await _cluster.StartAsync(name, view);
        }

        var (a, b, c) = (_cluster.Nodes[0], _cluster.Nodes[1], _cluster.Nodes[2]);
        await SettleAsync(a, b, c);
        a.Node.SetView(_cluster.Now, view.With(Row("c", version: 2, state: MemberState.Dead)));
        a.Register(1);
        await SettleAsync(a, b);
        await SettleAsync(a, b);
        await _cluster.EndAsync("a", First);
        await SettleAsync(b, c);
        Assert.Equal([1], c.Ledger);
    }

    [Fact]
    public async Task Rule_6_nothing_is_judged_by_an_order_before_all_live_nodes_have_resent()
    {
        var (a, b) = await StartAsync("a", "b");
        await SettleAsync(a, b);
        _cluster.Wait(300);
        await SettleAsync(a, b);
        a.Register(1);
        await a.PushAsync();
        Assert.Equal(Basis.Marker, a.Decision(1)?.Basis); // only a has its attempt
        await _cluster.EndAsync("a", First);
        b.Register(2);
        await SettleAsync(b);
        _cluster.Wait(300);
        await b.PushAsync();
        Assert.Null(b.Decision(2));
        await SettleAsync(a, b);
        Assert.Equal(Basis.Marker, b.Decision(2)?.Basis);
        Assert.Contains(1, b.Of<OrderedBefore>().SelectMany(o => o.Entries).SelectMany(e => ScriptedMachine.Numbers(e.Counts)));
    }

    [Fact]
    public async Task Rule_7_a_gateway_that_was_at_a_duplicate_in_between_reports_what_its_mark_claims()
    {
        var view = View("g1", "a");
        var (gateway, a) = (await _cluster.StartAsync("g1", view, Linked), await _cluster.StartAsync("a", view));
        await gateway.PushAsync();
        await a.PushAsync();
        a.Register(1);
        await a.PushAsync();
        _cluster.Wait(ClusterLimits.PollInterval);
        await gateway.PushOnceAsync();
        await gateway.LoseReplyAsync(); // the mark is in the log
        _cluster.Wait(50);
        await gateway.PushAsync(Second);
        Assert.Empty(gateway.Published);
        await gateway.PushAsync(First);
        Assert.Equal([1], gateway.Published);
        await ReportAsync(gateway);
        Assert.Equal([1], gateway.Published);
        Assert.Equal([1], gateway.Ledger);
    }

    [Fact]
    public async Task Rule_12_of_two_attempts_at_once_the_later_knows_the_earlier_and_not_the_other_way_round()
    {
        var (a, b) = await StartAsync("a", "b");
        await SettleAsync(a, b);
        a.Register(1);
        b.Register(2);
        await Task.WhenAll(a.PushOnceAsync(), b.PushOnceAsync());
        await SettleAsync(a, b);
        bool Knew(RuleNode node, int other) =>
            node.Effects.FindIndex(e => e is ApplyCounts c && ScriptedMachine.Numbers(c.Entry.Counts).Contains(other)) < node.Effects.FindIndex(e => e is Ordered);
        Assert.True(Knew(a, 2) ^ Knew(b, 1));
    }

    [Fact]
    public async Task Rule_13_a_node_that_joins_gets_each_count_once_with_the_copy_or_through_the_log()
    {
        var view = View("a", "joiner");
        var a = await _cluster.StartAsync("a", View("a"));
        await SettleAsync(a);
        a.Register(1);
        await SettleAsync(a);
        a.Register(2);
        await a.LoseReplyAsync();
        a.Register(3);
        var joiner = await _cluster.StartAsync("joiner", view, joining: true);
        joiner.Register(4);
        await joiner.PushAsync();
        joiner.CopyFrom(a);
        Assert.Equal([1, 4], joiner.Ledger.Order());
        _cluster.Wait(50);
        await SettleAsync(a, joiner);
        Assert.Equal([1, 2, 3, 4], joiner.Ledger.Order());
        Assert.Equal([1, 2, 3, 4], a.Ledger.Order());
    }

    [Fact]
    public async Task Rule_15_a_node_that_no_silo_answers_weighs_its_attempts_by_the_nodes_that_were_live()
    {
        var view = View("a", "b", "c");
        var a = await _cluster.StartAsync("a", view);
        await SettleAsync(a);
        a.Node.SetView(_cluster.Now, view.With(Row("b", version: 2, state: MemberState.Dead)).With(Row("c", version: 2, state: MemberState.Dead)));
        a.Register(1);
        a.LosePush();
        _cluster.Wait(Hold);
        Assert.Equal(new Decide(1, Basis.HoldUnordered, 3), Assert.Single(a.Of<Decide>()));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    private async Task ReportAsync(RuleNode gateway)
    {
        _cluster.Wait(ClusterLimits.ReportInterval);
        await gateway.PushAsync();
        await gateway.PushAsync();
    }

    private async Task<(RuleNode A, RuleNode B)> StartAsync(string a, string b)
    {
        var view = View(a, b);
        return (await _cluster.StartAsync(a, view), await _cluster.StartAsync(b, view));
    }
}
