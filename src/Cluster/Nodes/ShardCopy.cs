using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>What a node copies of a shard, apart from the rows of the ledger, which its host copies at the same moment.</summary>
public sealed class ShardCopy
{
    /// <summary>
    /// Counts that are in the giver's rows and not in this copy: the giver has not read them back, so they come through the log. The receiver
    /// subtracts them from the rows.
    /// </summary>
    public required ImmutableArray<BatchCounts> Unread { get; init; }

    internal required GenerationState State { get; init; }

    internal required SequenceMarks Marks { get; init; }

    internal required ImmutableArray<TailEntry> Tail { get; init; }

    internal required ImmutableDictionary<Generation, long> Reached { get; init; }

    internal required ImmutableArray<ForgottenMark> Forgotten { get; init; }
}
