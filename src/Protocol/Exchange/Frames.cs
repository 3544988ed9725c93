using System.Collections.Immutable;
using ThrottleNet.Counting;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>What neighbours send each other; meanings, units and limits are those of exchange.proto.</summary>
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

/// <summary>A node one could connect to.</summary>
/// <param name="Address">host:port.</param>
/// <param name="Origin">Its origin, as reported; its certificate decides.</param>
public readonly record struct Contact(string Address, OriginId Origin);

/// <summary>Batches of one epoch, both ends included.</summary>
public readonly record struct SeqRange(OriginId Origin, ulong Epoch, ulong First, ulong Last)
{
    /// <summary>No node holds more of an epoch than the replay window spans.</summary>
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
