using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>An action that <see cref="ExchangeCore"/> asks of its host. Effects are carried out in order.</summary>
public abstract record Effect;

/// <summary>Send a frame; frames of one link keep their order.</summary>
public sealed record SendTo(LinkId Link, Frame Frame) : Effect;

/// <summary>Open a link to host:port. The host answers with LinkUp or ConnectFailed.</summary>
public sealed record Connect(string Address) : Effect;

/// <summary>Close a link after the frames that were sent before. For the core the link has already ended.</summary>
public sealed record DropLink(LinkId Link, GoodbyeReason Reason) : Effect;

/// <summary>Add counts, exactly once.</summary>
/// <param name="Key">The batch. Its origin counted; that is this node itself for batches of an earlier start.</param>
/// <param name="Operator">The operator of the origin.</param>
/// <param name="Counts">The counts.</param>
/// <param name="Time">When it was published, by this node's steady time in milliseconds; never in the future.</param>
public sealed record ApplyBatch(BatchKey Key, string Operator, BatchCounts Counts, long Time) : Effect;

/// <summary>
/// Raise every row to at least these counts, decayed as of now. Snapshots do not name the reporters, so these counts may slow and defer; only what the rows
/// call evident, which f + 1 answers agree on, corroborates a refusal.
/// </summary>
/// <param name="Rows">The counts.</param>
/// <param name="Ranges">The batches that the rows contain: those of the answers, and all that this node has accepted. Empty if the rows bring evidence only.</param>
public sealed record ApplySnapshot(IReadOnlyList<SnapshotRow> Rows, IReadOnlyList<AppliedRange> Ranges) : Effect;

/// <summary>Find the hosts with the most attempts at all nodes together, then call <see cref="ExchangeCore.SupplySnapshot"/>. If that fails, there is no answer.</summary>
public sealed record NeedSnapshot(LinkId Link, ulong RequestId, int MaxRows) : Effect;

/// <summary>Every live node has acknowledged the batches up to this seq, and what those nodes had counted before is applied here.</summary>
public sealed record HoldComplete(ulong Seq) : Effect;

/// <summary>Store this epoch: other nodes have batches of this node that it does not remember.</summary>
public sealed record EpochRaised(ulong Epoch) : Effect;

/// <summary>This member has equivocated; none of its batches is accepted any more. Keep the proof for <see cref="ExchangeCore.Convict"/> at the next start.</summary>
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
    ClockDiffers,
    OriginOverBudget,
    BatchesLost,
    SnapshotTaken,
}
