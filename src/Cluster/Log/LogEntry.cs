using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Log;

/// <summary>An entry of a shard's log. <c>docs/cluster-protocol.md</c> explains each kind. Entries are identified by their keys, not by equality.</summary>
public abstract record LogEntry;

/// <summary>Attempts that a node of the cluster counted.</summary>
/// <param name="Source">The node that counted.</param>
/// <param name="Seq">From 1, without gaps for one source and shard.</param>
/// <param name="Home">The generation to which the source first sent the entry. Gateways report the counts from this generation's log only.</param>
/// <param name="Time">When the source counted, milliseconds since 1970; the mean if it counted for a while.</param>
/// <param name="Counts">At most <see cref="BatchCounts.MaxEntries"/> host blocks of this shard.</param>
public sealed record CountsEntry(NodeId Source, ulong Seq, Generation Home, long Time, BatchCounts Counts) : LogEntry;

/// <summary>One shard's part of a batch of another operator.</summary>
/// <param name="Key">The batch.</param>
/// <param name="Operator">The operator of its origin.</param>
/// <param name="Time">When the origin counted, by the receiving gateway's clock, milliseconds since 1970.</param>
/// <param name="Part">The host blocks of this shard.</param>
public sealed record BatchEntry(PeerBatchKey Key, string Operator, long Time, BatchCounts Part) : LogEntry;

/// <summary>
/// A gateway reports to other operators what lies between the previous report mark of the log and this one. A repeated mark of the same
/// gateway is harmless: the range between the two also belongs to it.
/// </summary>
public sealed record ReportMark(NodeId Gateway) : LogEntry;

/// <summary>
/// The hold of the batches that report the positions <paramref name="From"/> to <paramref name="To"/> - 1 is complete: every peer has them,
/// and whatever the peers had counted before is in this log.
/// </summary>
public sealed record CompleteMark(long From, long To) : LogEntry;

/// <summary>The state of a gateway's links changed. Written by the shard.</summary>
/// <param name="Gateway">The gateway; null if the membership changed, not a gateway's links.</param>
/// <param name="Linked">See <see cref="GatewayLinks"/>.</param>
/// <param name="Alone">Whether all gateways of the cluster are alone now.</param>
public sealed record PeersMark(NodeId? Gateway, bool Linked, bool Alone) : LogEntry;

/// <summary>The generation is settled: the order of attempts is valid from here on. Written by the shard, once.</summary>
/// <param name="Alone">Whether all gateways of the cluster are alone now.</param>
public sealed record SettledMark(bool Alone) : LogEntry;

/// <summary>
/// The nodes have forgotten an earlier generation's entries below a position. A node that did not read up to there lacks entries that
/// no node resends, so it copies the shard. Written by the shard.
/// </summary>
public sealed record ForgottenMark(Generation Generation, long Below) : LogEntry;
