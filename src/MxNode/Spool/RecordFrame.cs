using System.Buffers.Binary;
using System.Numerics;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// The octets before each record of a segment, numbers in little-endian order: magic number (4), kind (1), 3 zeros, length of the head (4),
/// length of the text (8), CRC-32C of all that and the head (4). The head follows, then the text and the text's CRC-32C (4) if there is a text.
/// The checksums begin with the segment's salt, so that a sender cannot put a record into the text of a message.
/// </summary>
/// <param name="Kind">What the record says.</param>
/// <param name="HeadLength">Octets of the head, JSON in UTF-8.</param>
/// <param name="TextLength">Octets of the text; 0 for none.</param>
internal readonly record struct RecordFrame(RecordKind Kind, int HeadLength, long TextLength)
{
    public const int Length = 24;

    /// <summary>The least octets of a record that has a text behind its head: the text's checksum.</summary>
    public const int TextTrailer = 4;

    /// <summary>Octets of a head. An envelope of the most recipients that a transaction may have is smaller.</summary>
    public const int MaxHead = 16 * 1024 * 1024;

    public const uint Magic = 0x31514E54; // "TNQ1"

    private const int Summed = 20;

    /// <summary>Octets of the whole record.</summary>
    public long RecordLength => Length + HeadLength + (TextLength > 0 ? TextLength + TextTrailer : 0);

    /// <summary>Writes the frame for a head.</summary>
    /// <param name="frame">Gets <see cref="Length"/> octets.</param>
    /// <param name="head">The record's head.</param>
    /// <param name="salt">The segment's.</param>
    public void Write(Span<byte> frame, ReadOnlySpan<byte> head, uint salt)
    {
        frame[..Length].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        frame[4] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(frame[8..], HeadLength);
        BinaryPrimitives.WriteInt64LittleEndian(frame[12..], TextLength);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[Summed..], Sum(Sum(salt, frame[..Summed]), head));
    }

    /// <summary>Reads a frame. False: no record begins here. <see cref="IsWhole"/> is still to be asked.</summary>
    public static bool TryRead(ReadOnlySpan<byte> octets, out RecordFrame frame)
    {
        frame = default;
        if (octets.Length < Length || BinaryPrimitives.ReadUInt32LittleEndian(octets) != Magic)
        {
            return false;
        }

        frame = new RecordFrame((RecordKind)octets[4], BinaryPrimitives.ReadInt32LittleEndian(octets[8..]), BinaryPrimitives.ReadInt64LittleEndian(octets[12..]));
        return frame is { Kind: RecordKind.Message or RecordKind.Change, HeadLength: > 0 and <= MaxHead, TextLength: >= 0 };
    }

    /// <summary>Whether the checksum in a frame is that of the frame and the head behind it.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> head, uint salt) =>
        BinaryPrimitives.ReadUInt32LittleEndian(frame[Summed..]) == Sum(Sum(salt, frame[..Summed]), head);

    /// <summary>Continues a CRC-32C.</summary>
    public static uint Sum(uint sum, ReadOnlySpan<byte> octets)
    {
        while (octets.Length >= sizeof(ulong))
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(octets));
            octets = octets[sizeof(ulong)..];
        }

        foreach (var octet in octets)
        {
            sum = BitOperations.Crc32C(sum, octet);
        }

        return sum;
    }
}
