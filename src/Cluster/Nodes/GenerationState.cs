using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>What a node knows of one generation of a shard. It is kept when the node is routed elsewhere, and used again when it returns.</summary>
internal sealed class GenerationState(Generation generation)
{
    public Generation Generation { get; } = generation;

    /// <summary>The position that the node reads next.</summary>
    public long Cursor { get; set; }

    /// <summary>The order of this generation is valid.</summary>
    public bool Settled { get; set; }

    /// <summary>All gateways are alone, so there is no peer to wait for.</summary>
    public bool Alone { get; set; }

    /// <summary>The position after the last report mark.</summary>
    public long Reported { get; set; }

    public Unreported Unreported { get; init; } = new();

    /// <summary>When this gateway sent a report mark that it has not read back, milliseconds since 1970; null if there is none.</summary>
    public long? MarkSent { get; set; }

    /// <summary>
    /// Counts of other generations that the log has before it was settled, with the numbers under which this node applied them; 0 for its own.
    /// </summary>
    public List<(long Arrival, CountsEntry Entry)> Resent { get; init; } = [];

    /// <summary>
    /// Goes on at a later position. A report mark may lie between, so the counts before are not reported: twice would be worse.
    /// </summary>
    public void SkipTo(long start)
    {
        Cursor = Reported = start;
        MarkSent = null;
        Unreported.Clear();
    }

    /// <summary>The state for another node.</summary>
    /// <param name="arrival">The number under which the unreported counts arrive there.</param>
    public GenerationState Clone(long arrival) => new(Generation)
    {
        Cursor = Cursor,
        Settled = Settled,
        Alone = Alone,
        Reported = Reported,
        Unreported = Unreported.Clone(arrival),
        Resent = [.. Resent],
    };
}
