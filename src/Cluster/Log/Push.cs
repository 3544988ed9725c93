using System.Collections.Immutable;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Log;

/// <summary>The one call of the protocol: a node hands entries to a shard and reads the log.</summary>
/// <param name="Node">The caller.</param>
/// <param name="Number">Counts the caller's pushes to this shard. A repeated push keeps its number.</param>
/// <param name="Generation">The generation that the caller reads; null to register as a reader from the start of the log, before a copy.</param>
/// <param name="Cursor">The position that the caller reads next.</param>
/// <param name="Entries">At most <see cref="ClusterLimits.MaxPushEntries"/>, in this order.</param>
/// <param name="Resent">The caller has nothing left to resend to this generation.</param>
/// <param name="Links">The state of the caller's links with peers; null for a node that is no gateway.</param>
/// <param name="View">The caller's view of the membership; null if this generation has it already.</param>
/// <param name="Forgotten">What the caller has forgotten of earlier generations; empty if this generation has it already.</param>
public sealed record Push(
    NodeId Node,
    long Number,
    Generation? Generation,
    long Cursor,
    ImmutableArray<LogEntry> Entries,
    bool Resent,
    GatewayLinks? Links,
    ClusterView? View,
    ImmutableArray<ForgottenMark> Forgotten);

/// <summary>The links of a gateway with nodes of other operators.</summary>
/// <param name="Linked">At least one peer is linked and alive.</param>
/// <param name="Alone">No peer is linked, and no batches of other peers arrive through neighbours.</param>
public readonly record struct GatewayLinks(bool Linked, bool Alone);

/// <summary>The answer to a <see cref="Push"/>.</summary>
/// <param name="Generation">The generation that answers.</param>
/// <param name="Start">The first position that its log still has.</param>
public abstract record PushReply(Generation Generation, long Start);

/// <summary>The entries were taken, or were in the log already.</summary>
/// <param name="Generation">As in the push.</param>
/// <param name="From">The position of the first of <paramref name="News"/>: the cursor of the push.</param>
/// <param name="News">The log from there on, at most <see cref="ClusterLimits.MaxNews"/> entries.</param>
/// <param name="End">The end of the log with the caller's entries.</param>
/// <param name="Start">The first position that the log still has: every reader has read past the entries below.</param>
public sealed record PushTaken(Generation Generation, long From, ImmutableArray<LogEntry> News, long End, long Start) : PushReply(Generation, Start);

/// <summary>The push was meant for another generation. Nothing was taken, but the caller is registered as a reader.</summary>
/// <param name="Generation">The generation to push to.</param>
/// <param name="Contained">What its log contains or contained.</param>
/// <param name="Start">The first position that its log still has.</param>
public sealed record PushElsewhere(Generation Generation, SequenceMarks Contained, long Start) : PushReply(Generation, Start);

/// <summary>The log no longer has the caller's cursor. Nothing was taken.</summary>
/// <param name="Generation">As in the push.</param>
/// <param name="Start">The first position that the log still has.</param>
public sealed record PushTrimmed(Generation Generation, long Start) : PushReply(Generation, Start);
