using System.Diagnostics.Metrics;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>What the cluster's part of this node did, for metrics and the status. Written by the loop; read by any thread.</summary>
internal sealed class ClusterStatus
{
    private readonly Counter<long> _pushCounter;
    private readonly Counter<long> _judgedCounter;
    private readonly Counter<long> _resentCounter;
    private readonly Histogram<double> _order;
    private readonly long[] _judged = new long[Enum.GetValues<Basis>().Length];
    private volatile bool _speaks;
    private volatile int _settled;
    private long _pushes;
    private long _failures;
    private long _resent;
    private long _lastResent;

    public ClusterStatus(IMeterFactory meters)
    {
        var meter = meters.Create(NodeMetrics.MeterName);
        _pushCounter = meter.CreateCounter<long>("throttlenet.cluster.pushes", "{call}", "calls of shards by outcome");
        _judgedCounter = meter.CreateCounter<long>("throttlenet.cluster.judged", "{attempt}", "attempts by what their judgement rests on");
        _resentCounter = meter.CreateCounter<long>("throttlenet.cluster.resends", "{entry}", "entries of the order that were sent again, because a shard was lost or moved");
        _order = meter.CreateShortDuration("throttlenet.cluster.order.duration", "time from an attempt to its place in the cluster's order");
    }

    /// <summary>Whether this gateway reports the cluster's counts to other operators, by its own view.</summary>
    public bool Speaks
    {
        get => _speaks;
        set => _speaks = value;
    }

    /// <summary>Shards whose order is valid for this node.</summary>
    public int Settled
    {
        get => _settled;
        set => _settled = value;
    }

    /// <summary>Calls of shards.</summary>
    public long Pushes => Volatile.Read(ref _pushes);

    /// <summary>Calls of shards that were not answered.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Entries that were sent again.</summary>
    public long Resent => Volatile.Read(ref _resent);

    /// <summary>Attempts whose judgement rests on this.</summary>
    public long Judged(Basis basis) => Volatile.Read(ref _judged[(int)basis]);

    public void CountPush() => Interlocked.Increment(ref _pushes);

    public void CountAnswer(bool isAnswered)
    {
        _pushCounter.Add(1, new KeyValuePair<string, object?>("outcome", isAnswered ? "answered" : "unanswered"));
        if (!isAnswered)
        {
            Interlocked.Increment(ref _failures);
        }
    }

    /// <param name="total">Entries that this start of the node has sent again.</param>
    public void SetResent(long total)
    {
        var more = total < _lastResent ? total : total - _lastResent;
        _lastResent = total;
        if (more > 0)
        {
            Interlocked.Add(ref _resent, more);
            _resentCounter.Add(more);
        }
    }

    public void CountJudged(Basis basis)
    {
        Interlocked.Increment(ref _judged[(int)basis]);
        _judgedCounter.Add(1, new KeyValuePair<string, object?>("basis", basis switch { Basis.Marker => "marker", Basis.HoldOrdered => "hold", _ => "unordered" }));
    }

    public void CountOrdered(TimeSpan after) => _order.Record(after.TotalSeconds);
}
