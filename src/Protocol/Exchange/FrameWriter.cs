using Google.Protobuf;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Writes frames into wire messages, without copying octets.</summary>
public static class FrameWriter
{
    private const double RowScale = 64;

    public static Wire.Frame Write(Frame frame) => frame switch
    {
        HelloFrame f => new Wire.Frame
        {
            Hello = new Wire.Hello
            {
                OldestVersion = f.OldestVersion,
                Version = f.Version,
                Network = f.Network,
                Node = Octets(f.Node),
                Epoch = f.Epoch,
                Address = f.Address,
                Urgent = f.Urgent,
            },
        },
        AckFrame f => new Wire.Frame { Ack = new Wire.Ack { Epoch = f.Epoch, Seq = f.Seq, OwnEpoch = f.OwnEpoch, OwnSeq = f.OwnSeq } },
        GoodbyeFrame f => new Wire.Frame { Goodbye = new Wire.Goodbye { Reason = (Wire.Goodbye.Types.Reason)f.Reason } },
        CredentialFrame f => new Wire.Frame { Credential = new Wire.Credential { Certificate = UnsafeByteOperations.UnsafeWrap(f.Certificate) } },
        DeliveryFrame f => new Wire.Frame { Delivery = new Wire.Delivery { Batch = BatchOf(f.Batch), Repair = f.Repair, Age = f.Age } },
        AnnounceFrame f => new Wire.Frame { Announce = new Wire.Announce { Ids = { f.Ids } } },
        GraftFrame f => new Wire.Frame { Graft = new Wire.Graft { Ids = { f.Ids } } },
        PruneFrame f => new Wire.Frame { Prune = new Wire.Prune { Origins = { f.Origins.Select(Octets) } } },
        ShuffleFrame f => new Wire.Frame { Shuffle = new Wire.Shuffle { Contacts = { f.Contacts.Select(ContactOf) }, Answer = f.Answer } },
        DigestFrame f => new Wire.Frame { Digest = new Wire.Digest { AppliedRanges = { f.AppliedRanges.Select(AppliedRangeOf) }, Answer = f.Answer } },
        WantFrame f => new Wire.Frame { Want = new Wire.Want { Ranges = { f.Ranges.Select(RangeOf) } } },
        UnavailableFrame f => new Wire.Frame { Unavailable = new Wire.Unavailable { Ranges = { f.Ranges.Select(RangeOf) } } },
        SnapshotRequestFrame f => new Wire.Frame { SnapshotRequest = new Wire.SnapshotRequest { Id = f.Id, MaxRows = (uint)f.MaxRows } },
        SnapshotChunkFrame f => new Wire.Frame { SnapshotChunk = ChunkOf(f) },
        EquivocationFrame f => new Wire.Frame
        {
            Equivocation = new Wire.Equivocation { One = BatchOf(f.Proof.One), Other = BatchOf(f.Proof.Other) },
        },
        _ => throw new ArgumentException($"no wire form for {frame.GetType().Name}", nameof(frame)),
    };

    private static Wire.Batch BatchOf(Batch batch) => new()
    {
        Origin = Octets(batch.Key.Origin),
        Epoch = batch.Key.Epoch,
        Seq = batch.Key.Seq,
        Time = batch.Time,
        Body = UnsafeByteOperations.UnsafeWrap(batch.Body),
        Signature = UnsafeByteOperations.UnsafeWrap(batch.Signature),
    };

    private static Wire.SnapshotChunk ChunkOf(SnapshotChunkFrame f)
    {
        var chunk = CountsOf(f);
        if (f.Rows.Any(r => r.AttemptsEvident > 0 || r.BadEvident > 0))
        {
            chunk.AttemptsEvident.Add(f.Rows.Select(r => Scaled(r.AttemptsEvident)));
            chunk.BadEvident.Add(f.Rows.Select(r => Scaled(r.BadEvident)));
        }

        if (f.Rows.Any(r => r.Age > 0))
            chunk.FirstSeen.Add(f.Rows.Select(r => (uint)Math.Clamp(r.Age / ExchangeLimits.AgeUnit, 0, uint.MaxValue)));
        return chunk;
    }

    private static Wire.SnapshotChunk CountsOf(SnapshotChunkFrame f) => new()
    {
        Id = f.Id,
        Index = (uint)f.Index,
        Last = f.Last,
        AppliedRanges = { f.AppliedRanges.Select(AppliedRangeOf) },
        Keys = { f.Rows.Select(r => r.Key) },
        AttemptsFast = { f.Rows.Select(r => Scaled(r.AttemptsFast)) },
        AttemptsSlow = { f.Rows.Select(r => Scaled(r.AttemptsSlow)) },
        BadFast = { f.Rows.Select(r => Scaled(r.BadFast)) },
        BadSlow = { f.Rows.Select(r => Scaled(r.BadSlow)) },
    };

    private static uint Scaled(double units) => (uint)Math.Clamp(Math.Round(units * RowScale), 0, uint.MaxValue);

    private static Wire.Contact ContactOf(Contact contact) => new() { Address = contact.Address, Origin = Octets(contact.Origin) };

    private static Wire.AppliedRange AppliedRangeOf(AppliedRange holding) => new()
    {
        Origin = Octets(holding.Origin),
        Epoch = holding.Epoch,
        Contiguous = holding.Contiguous,
        Beyond = ByteString.CopyFrom(holding.Beyond.AsSpan()),
    };

    private static Wire.SeqRange RangeOf(SeqRange range) =>
        new() { Origin = Octets(range.Origin), Epoch = range.Epoch, First = range.First, Last = range.Last };

    private static ByteString Octets(OriginId origin)
    {
        Span<byte> octets = stackalloc byte[OriginId.Size];
        origin.Write(octets);
        return ByteString.CopyFrom(octets);
    }
}
