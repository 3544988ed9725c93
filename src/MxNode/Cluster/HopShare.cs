namespace ThrottleNet.MxNode.Cluster;

/// <summary>This node's share of the sessions with one next hop. Needs its owner's lock.</summary>
internal sealed class HopShare
{
    public int InUse { get; set; }

    public int Waiting { get; set; }

    /// <summary>When the node last had a session, or wanted one (timestamp).</summary>
    public long UsedAt { get; set; }

    /// <summary>The last lease; null before the first, and when the grain did not answer.</summary>
    public int? Lease { get; set; }

    /// <summary>When the last lease was given (timestamp).</summary>
    public long LeasedAt { get; set; }
}
