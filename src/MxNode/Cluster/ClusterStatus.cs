namespace ThrottleNet.MxNode.Cluster;

/// <summary>What the cluster's part of this node did, for metrics and the status. Written by the loop; read by any thread.</summary>
internal sealed class ClusterStatus
{
    private volatile bool _speaks;
    private long _pushes;
    private long _failures;

    /// <summary>Whether this gateway reports the cluster's counts to other operators, by its own view.</summary>
    public bool Speaks
    {
        get => _speaks;
        set => _speaks = value;
    }

    /// <summary>Calls of shards.</summary>
    public long Pushes => Volatile.Read(ref _pushes);

    /// <summary>Calls of shards that were not answered.</summary>
    public long Failures => Volatile.Read(ref _failures);

    public void CountPush() => Interlocked.Increment(ref _pushes);

    public void CountFailure() => Interlocked.Increment(ref _failures);
}
