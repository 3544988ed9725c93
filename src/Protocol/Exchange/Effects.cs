using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>The effects that <see cref="ExchangeCore"/> asks its host to carry out, in order.</summary>
public abstract record Effect;

/// <summary>Send a frame; frames of one link keep their order.</summary>
public sealed record SendTo(LinkId Link, Frame Frame) : Effect;

/// <summary>Open a link to host:port. The host answers with LinkUp or ConnectFailed.</summary>
public sealed record Connect(string Address) : Effect;

/// <summary>Close a link after the frames that were sent before. For the core the link has ended already.</summary>
public sealed record DropLink(LinkId Link, GoodbyeReason Reason) : Effect;

/// <summary>Add counts, exactly once.</summary>
/// <param name="Key">The batch. Its origin counted; that is this node itself for batches of its earlier epochs.</param>
/// <param name="Operator">The operator of the origin.</param>
/// <param name="Counts">The counts.</param>
/// <param name="Time">When they were counted, by this node's clock, in milliseconds since 1970; never in the future.</param>
public sealed record ApplyBatch(BatchKey Key, string Operator, BatchCounts Counts, long Time) : Effect;

/// <summary>
/// Raise every row to at least this value, decayed to now. Rows of a snapshot have no reporter, so they may slow and
/// defer, but never corroborate a refusal.
/// </summary>
public sealed record ApplySnapshot(IReadOnlyList<SnapshotRow> Rows) : Effect;

/// <summary>Find the hosts with the most attempts of all reporters, and then call <see cref="ExchangeCore.SupplySnapshot"/>; if the search fails, do not call.</summary>
public sealed record NeedSnapshot(LinkId Link, ulong RequestId, int MaxRows) : Effect;

/// <summary>The holds up to this seq are complete: every live node has applied the batches, and what it had counted before is applied here.</summary>
public sealed record HoldComplete(ulong Seq) : Effect;

/// <summary>Store this epoch as the node's own: batches of it exist that this node does not remember.</summary>
public sealed record EpochRaised(ulong Epoch) : Effect;

/// <summary>Nothing of this member is accepted any more. Store the proof for <see cref="ExchangeCore.Convict"/> at the next start; any node can check it.</summary>
public sealed record Evict(Member Member, EquivocationProof Proof) : Effect;

/// <summary>Report an event to the log and the metrics.</summary>
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
