using System.Buffers;

namespace ThrottleNet.Protocol.Milter;

/// <summary>One packet: four octets of length (big-endian, the code included), the code, the data.</summary>
internal static class MilterPacket
{
    public const int Head = sizeof(uint) + 1;

    /// <summary>Reads the head and consumes nothing. False: it is not there yet. A length with the highest bit set comes out negative.</summary>
    public static bool TryPeek(ReadOnlySequence<byte> input, out int length, out char code)
    {
        var reader = new SequenceReader<byte>(input);
        code = default;
        if (!reader.TryReadBigEndian(out length) || !reader.TryRead(out var octet))
        {
            return false;
        }

        code = (char)octet;
        return true;
    }

    /// <summary>Takes a packet whose head was peeked. Null: it is not all there yet, and nothing is consumed.</summary>
    public static byte[]? Take(ref ReadOnlySequence<byte> input, int length)
    {
        var whole = sizeof(uint) + (long)length;
        if (input.Length < whole)
        {
            return null;
        }

        var data = input.Slice(Head, length - 1).ToArray();
        input = input.Slice(whole);
        return data;
    }

    /// <summary>What is wrong with a length; null where it may be.</summary>
    public static string? Fault(int length) =>
        length is < 1 or > MilterLimits.Packet ? $"it sent a packet of {(uint)length} octets, 1 to {MilterLimits.Packet} may be" : null;
}
