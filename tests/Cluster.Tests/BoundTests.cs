using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Cluster.Tests.Rules;
using ThrottleNet.Counting.Batches;
using static ThrottleNet.Cluster.Tests.Rules.Script;

namespace ThrottleNet.Cluster.Tests;

/// <summary>No log, tail or queue grows without end, and a reader far behind reads in parts.</summary>
public sealed class BoundTests
{
    private readonly Script _script = new();

    [Fact]
    public void A_full_log_is_trimmed_and_its_slow_reader_takes_a_copy()
    {
        var view = View("a", "slow");
        var log = _script.Activate(1, view);
        var (a, slow) = (_script.Node("a", view), _script.Node("slow", view));
        a.PushTo(log);
        slow.PushTo(log);
        var counts = BatchCounts.Of([Keys.Unit(Keys.Of(0, 1, 1))], []);
        for (var seq = 1ul; seq <= ClusterLimits.MaxLog + 10; seq++)
            log.Push(_script.Now, Push("b", log, log.End, new CountsEntry(new NodeId("b", 1), seq, log.Generation, 0, counts)));

        Assert.InRange(log.End - log.First, 1, ClusterLimits.MaxLog);
        _script.Wait(ClusterLimits.PollInterval);
        slow.PushOnce(log);
        slow.PushOnce(log);
        Assert.Single(slow.Of<RequestCopy>());
    }

    [Fact]
    public void A_reader_far_behind_reads_in_parts_and_has_its_own_counts_at_the_end()
    {
        var view = View("a");
        var log = _script.Activate(1, view);
        var a = _script.Node("a", view);
        a.PushTo(log);
        for (var seq = 1ul; seq <= 3000; seq++)
        {
            var counts = BatchCounts.Of([Keys.Unit(Keys.Of(0, 1, (int)seq))], []);
            log.Push(_script.Now, Push("b", log, log.End, new CountsEntry(new NodeId("b", 1), seq, log.Generation, 0, counts)));
        }

        a.Register(5000);
        a.PushOnce(log);
        Assert.Equal(ClusterLimits.MaxNews, a.Ledger.Count - 1);
        Assert.Empty(a.Of<Ordered>());
        a.PushTo(log);
        Assert.Equal(3001, a.Ledger.Count);
        Assert.Single(a.Of<Ordered>());
    }

    [Fact]
    public void While_no_shard_answers_counts_are_summed_by_host_and_attempts_are_judged()
    {
        var view = View("a", "reader");
        var log = _script.Activate(1, view);
        var a = _script.Node("a", view);
        a.PushTo(log);
        a.Register(0);
        a.LosePush();
        var key = Keys.Of(0, 1, 1);
        for (var attempt = 1; attempt <= 10_000; attempt++)
            a.Node.Register(_script.Now, attempt, Keys.Unit(key));
        _script.Wait(Hold + 100);
        Assert.Equal(10_001, a.Of<Decide>().Count());
        Assert.Equal(0, a.Node.Ends[0].WaitingAttempts);
        a.PushTo(log);

        var entries = _script.Read(log).OfType<CountsEntry>().ToList();
        Assert.Equal([4u, 40_000u], entries.Select(e => e.Counts.Attempts.Single().Quarters));
    }

    [Fact]
    public void Counts_of_over_4096_hosts_are_pushed_in_several_entries()
    {
        var view = View("a", "reader");
        var log = _script.Activate(1, view);
        var a = _script.Node("a", view);
        a.PushTo(log);
        a.Register(0);
        for (var attempt = 1; attempt <= 10_000; attempt++)
            a.Register(attempt);
        a.PushTo(log);

        var entries = _script.Read(log).OfType<CountsEntry>().ToList();
        Assert.Equal([1, 4096, 4096, 1808], entries.Select(e => e.Counts.Count));
        Assert.Equal(Enumerable.Range(0, 10_001), entries.SelectMany(e => ScriptedNode.Numbers(e.Counts)).Order());
    }

    [Fact]
    public void A_gateway_refuses_batches_while_no_shard_takes_them_and_accepts_them_later()
    {
        var view = View("g1");
        var log = _script.Activate(1, view);
        var gateway = _script.Node("g1", view, Linked);
        gateway.PushTo(log);
        var counts = BatchCounts.Of([Keys.Unit(Keys.Of(0, 1, 1))], []);
        var taken = 0;
        while (gateway.Node.Gateway!.TryReceive(_script.Now, new PeerBatchKey(7, 1, (ulong)taken + 1), "other", 0, counts))
            taken++;
        Assert.Equal(ClusterLimits.MaxWaitingBatches, taken);
        gateway.Tick();
        gateway.PushTo(log);

        Assert.Equal(taken, gateway.Of<BatchOrdered>().Count());
        Assert.True(gateway.Node.Gateway.TryReceive(_script.Now, new PeerBatchKey(7, 1, (ulong)taken + 1), "other", 0, counts));
    }

    [Theory]
    [InlineData(MemberState.Left)]
    [InlineData(MemberState.Dead)]
    public void Nodes_with_new_names_take_part_after_more_names_than_a_view_has(MemberState ended)
    {
        var view = View("host");
        var log = _script.Activate(1, view);
        var host = _script.Node("host", view);
        host.PushTo(log);
        for (var joined = 1; joined <= ClusterLimits.MaxMembers + 100; joined++)
        {
            var name = $"g{joined}";
            var push = Push(name, log, log.End) with { Links = Linked, View = view.With(Row(name, joined)) };
            Assert.IsType<PushTaken>(log.Push(_script.Now, push));
            view = view.With(Row(name, joined, version: 2, ended));
            log.SetView(_script.Now, view);
            _script.StandStill(1000);
            host.PushTo(log);
        }

        log = ShardLog.Migrated(log.Seal(), _script.Now);
        for (var silent = 0; silent <= ClusterLimits.ReaderMemory; silent += 500)
        {
            _script.StandStill(500);
            log.Tick(_script.Now);
            host.PushTo(log);
        }

        view = log.View.With(Row("g", ClusterLimits.MaxMembers * 2));
        var last = _script.Node("g", view, Unlinked, joining: true);
        last.PushTo(log);
        host.PushTo(log);
        last.CopyFrom(host);
        last.Register(1);
        for (var round = 0; round < 3; round++)
        {
            last.PushTo(log);
            host.PushTo(log);
        }

        Assert.Equal(Basis.Marker, last.Decision(1)?.Basis);
        Assert.Equal([1], host.Ledger);
        Assert.Equal(log.End, log.First);
        Assert.InRange(last.Node.View.Members.Count(), 1, ClusterLimits.MaxMembers);
        Assert.NotNull(last.Node.View.Find("host"));
    }
}
