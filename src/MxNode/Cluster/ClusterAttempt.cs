using System.Diagnostics;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>An attempt that waits for its place in the order.</summary>
internal sealed class ClusterAttempt(ulong id, IpBlock host, long registeredAt)
{
    public ulong Id => id;

    public IpBlock Host => host;

    /// <summary>The span in which it was registered; default if none is recorded.</summary>
    public ActivityContext Cause { get; } = NodeTracing.Here;

    /// <summary>Timestamp.</summary>
    public long RegisteredAt => registeredAt;

    public AttemptOrder Order { get; } = new();

    /// <summary>Ends when <see cref="Order"/> is decided.</summary>
    public TaskCompletionSource Decided { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Units of the cluster's other nodes that come before it, of those counted in <see cref="HostTally"/>; null while it has no order. Accessed only from the loop.</summary>
    public float? Before { get; set; }
}
