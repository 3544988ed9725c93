using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Nodes;

/// <summary>What <see cref="ClusterNode"/> wants done, in this order.</summary>
public abstract record ClusterEffect;

/// <summary>Call a shard. Answer with <see cref="ClusterNode.Replied"/> or <see cref="ClusterNode.Failed"/>.</summary>
public sealed record SendPush(int Shard, Push Push) : ClusterEffect;

/// <summary>Add counts of another node of the cluster to the ledger.</summary>
public sealed record ApplyCounts(int Shard, CountsEntry Entry) : ClusterEffect;

/// <summary>Add another operator's counts to the ledger.</summary>
public sealed record ApplyPeerBatch(int Shard, BatchEntry Entry) : ClusterEffect;

/// <summary>These attempts have a place in the order: the cluster's counts that are in the ledger now come before them.</summary>
public sealed record Ordered(ImmutableArray<long> Attempts) : ClusterEffect;

/// <summary>
/// Counts of an earlier generation came in again after some attempts. They come before those attempts all the same, because they were
/// ordered when the attempts were made.
/// </summary>
/// <param name="Entries">The counts, in their order. They are in the ledger.</param>
/// <param name="Attempts">Each attempt with the index of the first entry that it did not know.</param>
public sealed record OrderedBefore(ImmutableArray<CountsEntry> Entries, ImmutableArray<(long Attempt, int First)> Attempts) : ClusterEffect;

/// <summary>Judge an attempt by its rank: the node's own earlier attempts, the cluster's that come before it, and others' that are known now.</summary>
/// <param name="Attempt">As given to <see cref="ClusterNode.Register"/>.</param>
/// <param name="Basis">What the rank rests on.</param>
/// <param name="Weight">
/// How often this node's own earlier attempts without an order count: once, or once for each node that may have let as many through.
/// </param>
public sealed record Decide(long Attempt, Basis Basis, int Weight) : ClusterEffect;

/// <summary>What a judgement rests on.</summary>
public enum Basis
{
    /// <summary>The order of a log, and the marker that its counts are known everywhere.</summary>
    Marker,

    /// <summary>The hold ended first; the attempt has an order.</summary>
    HoldOrdered,

    /// <summary>The hold ended first; the attempt has no order.</summary>
    HoldUnordered,
}

/// <summary>
/// Copy a shard from another node: <see cref="ClusterNode.GiveCopy"/> there, <see cref="ClusterNode.InstallCopy"/> here. If that fails, call
/// <see cref="ClusterNode.CopyFailed"/>.
/// </summary>
public sealed record RequestCopy(int Shard) : ClusterEffect;

/// <summary>A batch is in every log that it concerns, so the exchange may acknowledge it.</summary>
public sealed record BatchOrdered(PeerBatchKey Key) : ClusterEffect;

/// <summary>Raise the rows to the snapshot of <see cref="Gateways.Gateway.TakeSnapshot"/> now.</summary>
public sealed record RaiseToSnapshot : ClusterEffect;

/// <summary>Sign and send a batch of this gateway.</summary>
/// <param name="Seq">Its number in this epoch.</param>
/// <param name="Counts">Empty for a promised number whose counts went elsewhere.</param>
public sealed record PublishBatch(ulong Seq, BatchCounts Counts) : ClusterEffect;
