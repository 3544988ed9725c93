using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>What <see cref="ExchangeCore"/> wants done, in this order.</summary>
public abstract record Effect;

/// <summary>Send a frame; the link keeps order.</summary>
public sealed record SendTo(LinkId Link, Frame Frame) : Effect;

/// <summary>Open a link to host:port; answer with LinkUp or ConnectFailed.</summary>
public sealed record Connect(string Address) : Effect;

/// <summary>Close a link, after what was sent before; it is gone already for the core.</summary>
public sealed record DropLink(LinkId Link, GoodbyeReason Reason) : Effect;

/// <summary>Add counts, once.</summary>
/// <param name="Key">Which batch; its origin counted, which is the node itself for batches of its previous life.</param>
/// <param name="Operator">Who runs the origin.</param>
/// <param name="Counts">What it counted.</param>
/// <param name="Time">When, by this node's clock, in milliseconds since 1970; never in the future.</param>
public sealed record ApplyBatch(BatchKey Key, string Operator, BatchCounts Counts, long Time) : Effect;

/// <summary>
/// Raise every row to at least this, decayed as of now. Snapshots say nothing about who counted, so they may slow and
/// defer, but never corroborate a refusal.
/// </summary>
public sealed record ApplySnapshot(IReadOnlyList<SnapshotRow> Rows) : Effect;

/// <summary>Find the hosts with the most attempts, counted by anybody, and then call <see cref="ExchangeCore.SupplySnapshot"/>; or don't, if that fails.</summary>
public sealed record NeedSnapshot(LinkId Link, ulong RequestId, int MaxRows) : Effect;

/// <summary>Every live node has the batches up to this seq, and what they had counted before is applied here.</summary>
public sealed record HoldComplete(ulong Seq) : Effect;

/// <summary>Store this as the node's epoch: batches of it were seen that this node does not remember.</summary>
public sealed record EpochRaised(ulong Epoch) : Effect;

/// <summary>Nothing is taken from this member any more. The proof is to be kept for <see cref="ExchangeCore.Convict"/>: it convinces anyone.</summary>
public sealed record Evict(Member Member, EquivocationProof Proof) : Effect;

/// <summary>For the log and the metrics.</summary>
public sealed record Fact(ExchangeFact Kind, OriginId About, string Detail) : Effect;

public enum ExchangeFact
{
    PeerJoined,
    PeerLeft,
    PeerRefused,
    UnknownOrigin,
    BadSignature,
    BadBody,
    OldEpoch,
    TooOld,
    OriginOverBudget,
    BatchesLost,
    SnapshotTaken,
}
