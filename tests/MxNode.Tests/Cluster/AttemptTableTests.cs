using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Cluster;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>Rules 12 and 15 of docs/cluster-protocol.md at the node: what an attempt knows when it is judged.</summary>
public sealed class AttemptTableTests : IDisposable
{
    private const string Own = "acme";
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("198.51.100.7"));
    private static readonly IpBlock Other = IpBlock.Of(IPAddress.Parse("203.0.113.7"));

    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CountingClock _clock;
    private readonly CountingEngine _engine;
    private readonly AttemptTable _table;

    public AttemptTableTests()
    {
        _clock = new CountingClock(_time);
        _engine = new CountingEngine(CountingLimits.Default, _clock.Now, new FaultTolerance(Own, 2));
        _table = new AttemptTable(_engine, _clock, new ClusterStatus(_services.GetRequiredService<IMeterFactory>()), _time);
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public void An_attempt_knows_the_clusters_counts_before_it_in_the_log_and_not_those_after_it()
    {
        var attempt = Add(1);
        Apply(2);
        _table.Carry(new Ordered([1]));
        Apply(3);
        Assert.NotNull(_table.Carry(new Decide(1, Basis.Marker, 1)));
        Assert.Equal(2, attempt.Order.Known!.Value.Others, 0.01);
        Assert.Equal(5, _engine.Read(Host, _clock.Now).Others, 0.01); // the ledger has all
    }

    [Fact]
    public void Of_counts_of_an_ended_generation_that_are_read_again_an_attempt_knows_all()
    {
        var attempt = Add(1);
        _table.Carry(new Ordered([1]));
        Apply(2);
        Apply(4);
        var first = new CountsEntry(new("b", 1), 1, new(1), 0, Units(2));
        _table.Carry(new OrderedBefore([first], [(1, 0)]));
        _table.Carry(new Decide(1, Basis.Marker, 1));
        Assert.Equal(2, attempt.Order.Known!.Value.Others, 0.01);
    }

    [Fact]
    public void Without_an_order_an_attempt_knows_all_and_each_earlier_one_without_an_order_counts_for_every_node()
    {
        var (first, second) = (Add(1), Add(2));
        Apply(2);
        _table.Carry(new Decide(1, Basis.HoldUnordered, 3));
        _table.Carry(new Decide(2, Basis.HoldUnordered, 3));
        Assert.Equal(2, first.Order.Known!.Value.Others, 0.01);
        Assert.Equal(4, second.Order.Known!.Value.Others, 0.01);
        Assert.Null(_table.Carry(new Decide(2, Basis.HoldUnordered, 3)));
    }

    [Fact]
    public void An_attempt_of_another_host_that_has_an_order_changes_nothing_for_those_without_one()
    {
        Add(1);
        Add(2, Other);
        var third = Add(3);
        _table.Carry(new Decide(1, Basis.HoldUnordered, 3));
        _table.Carry(new Ordered([2]));
        _table.Carry(new Decide(2, Basis.HoldOrdered, 1));
        _table.Carry(new Decide(3, Basis.HoldUnordered, 3));
        Assert.Equal(2, third.Order.Known!.Value.Others, 0.01);
    }

    [Fact]
    public void An_order_or_two_minutes_end_what_earlier_attempts_without_an_order_count()
    {
        Add(1);
        _table.Carry(new Decide(1, Basis.HoldUnordered, 3));
        Add(2);
        _table.Carry(new Ordered([2]));
        _table.Carry(new Decide(2, Basis.HoldOrdered, 1));
        var afterOrder = Add(3);
        _table.Carry(new Decide(3, Basis.HoldUnordered, 3));
        _time.Advance(TimeSpan.FromMilliseconds(ClusterLimits.ReaderMemory + 1));
        var later = Add(4);
        _table.Carry(new Decide(4, Basis.HoldUnordered, 3));
        Assert.Equal((0, 0), (afterOrder.Order.Known!.Value.Others, later.Order.Known!.Value.Others));
    }

    private static BatchCounts Units(int units) => BatchCounts.Of([new CountEntry(Host.Key, (uint)units * CountEntry.PerUnit)], []);

    private ClusterAttempt Add(ulong id, IpBlock? host = null)
    {
        var attempt = new ClusterAttempt(id, host ?? Host, _time.GetTimestamp());
        _table.Add(attempt);
        return attempt;
    }

    private void Apply(int units)
    {
        _engine.Apply(Own, Units(units), _clock.Now, _clock.Now);
        _table.Applied(Units(units));
    }
}
