using System.Collections.Immutable;
using ThrottleNet.Counting;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>The frames between neighbours; exchange.proto gives their meanings, units and limits.</summary>
public abstract record Frame;

public sealed record HelloFrame(
    uint OldestVersion, uint Version, string Network, OriginId Node, ulong Epoch, string Address, bool Urgent) : Frame;

/// <summary>An acknowledgement: the hold waits for it, and it shows that the sender is alive; see <see cref="HoldBarrier"/>.</summary>
public sealed record AckFrame(ulong Epoch, ulong Seq, ulong OwnEpoch, ulong OwnSeq) : Frame;

public sealed record GoodbyeFrame(GoodbyeReason Reason) : Frame;

public sealed record CredentialFrame(ReadOnlyMemory<byte> Certificate) : Frame;

/// <param name="Batch">The batch.</param>
/// <param name="Repair">It was asked for, so it shows nothing about the tree.</param>
/// <param name="Age">Milliseconds since it was published, for a repair and for a batch that is passed on; otherwise 0.</param>
public sealed record DeliveryFrame(Batch Batch, bool Repair, uint Age) : Frame;

public sealed record AnnounceFrame(ImmutableArray<ulong> Ids) : Frame;

public sealed record GraftFrame(ImmutableArray<ulong> Ids) : Frame;

public sealed record PruneFrame(ImmutableArray<OriginId> Origins) : Frame;

public sealed record ShuffleFrame(ImmutableArray<Contact> Contacts, bool Answer) : Frame;

public sealed record DigestFrame(ImmutableArray<AppliedRange> AppliedRanges, bool Answer) : Frame;

public sealed record WantFrame(ImmutableArray<SeqRange> Ranges) : Frame;

public sealed record UnavailableFrame(ImmutableArray<SeqRange> Ranges) : Frame;

public sealed record SnapshotRequestFrame(ulong Id, int MaxRows) : Frame;

public sealed record SnapshotChunkFrame(
    ulong Id, int Index, bool Last, ImmutableArray<AppliedRange> AppliedRanges, ImmutableArray<SnapshotRow> Rows) : Frame;

public sealed record EquivocationFrame(EquivocationProof Proof) : Frame;

/// <summary>A node to which one can connect.</summary>
/// <param name="Address">host:port.</param>
/// <param name="Origin">Its origin as the sender reports it, unverified: only the node's certificate proves it.</param>
public readonly record struct Contact(string Address, OriginId Origin);

/// <summary>A range of batches of one epoch, both ends included.</summary>
public readonly record struct SeqRange(OriginId Origin, ulong Epoch, ulong First, ulong Last)
{
    /// <summary>The most seqs in a range: the span of the replay window, so no node keeps more of an epoch.</summary>
    public const int MaxLength = ReplayWindow.Width;
}

/// <summary>The reason why a link ends; numbers are those of exchange.proto.</summary>
public enum GoodbyeReason
{
    Unspecified,
    Shutdown,
    ViewFull,
    Duplicate,
    WrongNetwork,
    WrongVersion,
    WrongIdentity,
    Malformed,
    OverBudget,
    Evicted,
    Silent,
    Certificate,
}
