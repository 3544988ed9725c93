using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>An attempt that waits for its place in the order.</summary>
internal sealed class ClusterAttempt(ulong id, IpBlock host, long registeredAt)
{
    public ulong Id => id;

    public IpBlock Host => host;

    /// <summary>Timestamp.</summary>
    public long RegisteredAt => registeredAt;

    public AttemptOrder Order { get; } = new();

    /// <summary>Ends when <see cref="Order"/> is decided.</summary>
    public TaskCompletionSource Decided { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Units of the cluster's other nodes that come before it, of those counted in <see cref="HostTally"/>; null while it has no order. Accessed only from the loop.</summary>
    public float? Before { get; set; }
}
