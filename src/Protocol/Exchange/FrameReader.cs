using System.Collections.Immutable;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Reads wire messages as frames, and checks their limits. A valid frame may still contain false counts.</summary>
public static class FrameReader
{
    private const double RowScale = 64;

    /// <summary>
    /// Null with true is a frame of a kind from a later version; false is a malformed one.
    /// The frame refers to the message's octets without copying them.
    /// </summary>
    public static bool TryRead(Wire.Frame message, out Frame? frame)
    {
        try
        {
            frame = Read(message);
            return true;
        }
        catch (InvalidDataException)
        {
            frame = null;
            return false;
        }
    }

    private static Frame? Read(Wire.Frame m) => m.KindCase switch
    {
        Wire.Frame.KindOneofCase.Hello => new HelloFrame(
            m.Hello.OldestVersion, m.Hello.Version, Text(m.Hello.Network, ExchangeLimits.NetworkName), Origin(m.Hello.Node),
            Number(m.Hello.Epoch), Text(m.Hello.Address, ExchangeLimits.Address), m.Hello.Urgent),
        Wire.Frame.KindOneofCase.Ack => new AckFrame(
            Number(m.Ack.Epoch), Number(m.Ack.Seq), Number(m.Ack.OwnEpoch), Number(m.Ack.OwnSeq)),
        Wire.Frame.KindOneofCase.Goodbye => new GoodbyeFrame(
            Enum.IsDefined((GoodbyeReason)m.Goodbye.Reason) ? (GoodbyeReason)m.Goodbye.Reason : GoodbyeReason.Unspecified),
        Wire.Frame.KindOneofCase.Credential => new CredentialFrame(
            m.Credential.Certificate.Length <= ExchangeLimits.Certificate ? m.Credential.Certificate.Memory : throw new InvalidDataException()),
        Wire.Frame.KindOneofCase.Delivery => new DeliveryFrame(BatchOf(m.Delivery.Batch), m.Delivery.Repair, m.Delivery.Age),
        Wire.Frame.KindOneofCase.Announce => new AnnounceFrame([.. Capped(m.Announce.Ids, ExchangeLimits.AnnounceIds)]),
        Wire.Frame.KindOneofCase.Graft => new GraftFrame([.. Capped(m.Graft.Ids, ExchangeLimits.AnnounceIds)]),
        Wire.Frame.KindOneofCase.Prune => new PruneFrame(All(m.Prune.Origins, ExchangeLimits.PruneOrigins, Origin)),
        Wire.Frame.KindOneofCase.Shuffle => new ShuffleFrame(
            All(m.Shuffle.Contacts, ExchangeLimits.ShuffleContacts, ContactOf), m.Shuffle.Answer),
        Wire.Frame.KindOneofCase.Digest => new DigestFrame(
            All(m.Digest.AppliedRanges, ExchangeLimits.AppliedRanges, AppliedRangeOf), m.Digest.Answer),
        Wire.Frame.KindOneofCase.Want => new WantFrame(All(m.Want.Ranges, ExchangeLimits.Ranges, RangeOf)),
        Wire.Frame.KindOneofCase.Unavailable => new UnavailableFrame(All(m.Unavailable.Ranges, ExchangeLimits.Ranges, RangeOf)),
        Wire.Frame.KindOneofCase.SnapshotRequest => new SnapshotRequestFrame(
            m.SnapshotRequest.Id, (int)Math.Min(m.SnapshotRequest.MaxRows, ExchangeLimits.SnapshotRows)),
        Wire.Frame.KindOneofCase.SnapshotChunk => ChunkOf(m.SnapshotChunk),
        Wire.Frame.KindOneofCase.Equivocation => new EquivocationFrame(
            new EquivocationProof(BatchOf(m.Equivocation.One), BatchOf(m.Equivocation.Other))),
        _ => null,
    };

    private static Batch BatchOf(Wire.Batch? m) =>
        m is { Epoch: > 0, Seq: > 0, Body.Length: <= BatchBody.MaxSize, Signature.Length: Batch.SignatureSize }
            ? new Batch(new BatchKey(Origin(m.Origin), Number(m.Epoch), Number(m.Seq)), m.Time, m.Body.Memory, m.Signature.Memory)
            : throw new InvalidDataException();

    private static SnapshotChunkFrame ChunkOf(Wire.SnapshotChunk m)
    {
        var count = m.Keys.Count;
        if (count > ExchangeLimits.ChunkRows || m.AttemptsFast.Count != count || m.AttemptsSlow.Count != count
            || m.BadFast.Count != count || m.BadSlow.Count != count || m.Index > int.MaxValue
            || !IsOptional(m.AttemptsEvident) || !IsOptional(m.BadEvident) || !IsOptional(m.FirstSeen))
            throw new InvalidDataException();
        var rows = ImmutableArray.CreateBuilder<SnapshotRow>(count);
        for (var i = 0; i < count; i++)
        {
            rows.Add(new SnapshotRow(
                m.Keys[i], m.AttemptsFast[i] / RowScale, m.AttemptsSlow[i] / RowScale, m.BadFast[i] / RowScale, m.BadSlow[i] / RowScale)
            {
                AttemptsEvident = Optional(m.AttemptsEvident, i) / RowScale,
                BadEvident = Optional(m.BadEvident, i) / RowScale,
                Age = Optional(m.FirstSeen, i) * (long)ExchangeLimits.AgeUnit,
            });
        }

        return new SnapshotChunkFrame(
            m.Id, (int)m.Index, m.Last, All(m.AppliedRanges, ExchangeLimits.AppliedRanges, AppliedRangeOf), rows.MoveToImmutable());

        bool IsOptional(RepeatedField<uint> column) => column.Count is 0 || column.Count == count;

        static uint Optional(RepeatedField<uint> column, int row) => column.Count == 0 ? 0 : column[row];
    }

    private static Contact ContactOf(Wire.Contact m) =>
        m.Address.Length > 0 ? new Contact(Text(m.Address, ExchangeLimits.Address), Origin(m.Origin)) : throw new InvalidDataException();

    private static AppliedRange AppliedRangeOf(Wire.AppliedRange m)
    {
        if (m.Beyond.Length > AppliedRange.MaxBeyond || (m.Beyond.Length > 0 && m.Beyond[^1] == 0))
            throw new InvalidDataException();
        var range = new AppliedRange(Origin(m.Origin), Number(m.Epoch), Number(m.Contiguous), [.. m.Beyond.Span]);
        Number(range.Highest);
        return range;
    }

    private static SeqRange RangeOf(Wire.SeqRange m) =>
        m.First > 0 && m.First <= m.Last && m.Last - m.First < SeqRange.MaxLength
            ? new SeqRange(Origin(m.Origin), Number(m.Epoch), m.First, Number(m.Last))
            : throw new InvalidDataException();

    // An epoch or a seq.
    private static ulong Number(ulong number) => number <= ExchangeLimits.HighestNumber ? number : throw new InvalidDataException();

    private static OriginId Origin(ByteString octets) =>
        octets.Length == OriginId.Size ? OriginId.Read(octets.Span) : throw new InvalidDataException();

    private static string Text(string text, int cap) =>
        Encoding.UTF8.GetByteCount(text) <= cap && !text.Any(char.IsControl) ? text : throw new InvalidDataException();

    private static RepeatedField<T> Capped<T>(RepeatedField<T> items, int cap) =>
        items.Count <= cap ? items : throw new InvalidDataException();

    private static ImmutableArray<TOut> All<TIn, TOut>(RepeatedField<TIn> items, int cap, Func<TIn, TOut> map) =>
        [.. Capped(items, cap).Select(map)];
}
