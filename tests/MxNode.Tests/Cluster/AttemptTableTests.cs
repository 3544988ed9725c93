using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
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

    private static BatchCounts Units(int units) => BatchCounts.Of([new CountEntry(Host.Key, (uint)units * CountEntry.PerUnit)], []);

    private ClusterAttempt Add(ulong id)
    {
        var attempt = new ClusterAttempt(id, Host, _time.GetTimestamp());
        _table.Add(attempt);
        return attempt;
    }

    private void Apply(int units)
    {
        _engine.Apply(Own, Units(units), _clock.Now, _clock.Now);
        _table.Applied(Units(units));
    }
}
