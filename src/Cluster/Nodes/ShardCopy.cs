using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>What a node copies of a shard, apart from the rows of the ledger, which its host copies at the same moment.</summary>
public sealed class ShardCopy
{
    internal ShardCopy(GenerationState state, GenerationBook book, SequenceMarks marks, ImmutableArray<TailEntry> tail, ImmutableArray<BatchCounts> unread)
    {
        State = state.Clone(arrival: 0);
        Marks = marks.Clone();
        Tail = tail;
        Unread = unread;
        Reached = book.AllReached();
        Forgotten = book.AllForgotten();
    }

    internal ShardCopy(
        GenerationState state,
        SequenceMarks marks,
        ImmutableArray<TailEntry> tail,
        ImmutableArray<BatchCounts> unread,
        ImmutableDictionary<Generation, long> reached,
        ImmutableArray<ForgottenMark> forgotten) =>
        (State, Marks, Tail, Unread, Reached, Forgotten) = (state, marks, tail, unread, reached, forgotten);

    /// <summary>
    /// Counts that are in the giver's rows and not in this copy: the giver has not read them from the log, so they come to the receiver through the log. The host
    /// subtracts them from the rows.
    /// </summary>
    public ImmutableArray<BatchCounts> Unread { get; }

    internal GenerationState State { get; }

    internal SequenceMarks Marks { get; }

    internal ImmutableArray<TailEntry> Tail { get; }

    internal ImmutableDictionary<Generation, long> Reached { get; }

    internal ImmutableArray<ForgottenMark> Forgotten { get; }
}
