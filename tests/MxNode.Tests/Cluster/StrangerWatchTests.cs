using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Tests.Cluster;

public sealed class StrangerWatchTests : IDisposable
{
    private const int Line = 9012;
    private static readonly OriginId Origin = new(1, 2);

    private readonly CapturedLog _log = new();
    private readonly LoggerFactory _logging;
    private readonly NodeHealth _health;
    private readonly NodeView _view;
    private readonly StrangerWatch _watch;

    public StrangerWatchTests()
    {
        var time = new FakeTimeProvider();
        _logging = new LoggerFactory([_log]);
        _health = new NodeHealth(time, _logging.CreateLogger<NodeHealth>());
        _view = new NodeView(new CountingClock(time));
        _watch = new StrangerWatch(_view, new ClusterLog(_logging.CreateLogger<ClusterLog>()), _health);
    }

    public void Dispose() => _logging.Dispose();

    [Fact]
    public void A_node_of_another_cluster_is_said_once_a_minute_after_it_had_half_a_minute_to_join()
    {
        for (var second = 0; second < 30; second++)
        {
            _watch.Note(Origin, second * 1000);
        }

        Assert.Equal(0, _watch.Count);
        Assert.Empty(_health.Faults);
        for (var second = 30; second < 91; second++)
        {
            _watch.Note(Origin, second * 1000);
        }

        Assert.Equal(1, _watch.Count);
        Assert.Equal(2, _log.Lines.Count(l => l.Event == Line));
        Assert.Contains(Origin.ToString(), Assert.Single(_health.Faults).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_joins_or_is_silent_for_ten_minutes_is_a_stranger_no_more()
    {
        Find(0);
        _view.Gateways = [Origin.ToString()];
        _watch.Tick(31_000);
        Assert.Equal(0, _watch.Count);
        Assert.Empty(_health.Faults);
        _watch.Note(Origin, 90_000);
        Assert.Equal(0, _watch.Count);

        _view.Gateways = [];
        Find(100_000);
        _watch.Tick(730_000);
        Assert.Equal(1, _watch.Count);
        _watch.Tick(730_001);
        Assert.Equal(0, _watch.Count);
        Assert.Empty(_health.Faults);
    }

    private void Find(long now)
    {
        _watch.Note(Origin, now);
        _watch.Note(Origin, now + 30_000);
        Assert.Equal(1, _watch.Count);
    }
}
