using System.Numerics;

namespace ThrottleNet.Counting.Batches;

/// <summary>Unsigned LEB128: 7 bits an octet, lowest first; the top bit says that another octet follows. Only the shortest form is valid.</summary>
internal static class Leb128
{
    public static int Size(ulong value) => value == 0 ? 1 : (BitOperations.Log2(value) / 7) + 1;

    /// <returns>Octets written.</returns>
    public static int Write(Span<byte> output, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
            output[at++] = (byte)(value | 0x80);
        output[at++] = (byte)value;
        return at;
    }

    /// <summary>Reads a number; false when the octets end before it does, when it does not fit in 64 bits, or when it is not in the shortest form.</summary>
    public static bool TryRead(ReadOnlySpan<byte> input, ref int at, out ulong value)
    {
        value = 0;
        for (var shift = 0; at < input.Length; shift += 7)
        {
            var octet = input[at++];
            if (shift == 63 && octet > 1)
                return false;
            value |= (ulong)(octet & 0x7f) << shift;
            if (octet < 0x80)
                return octet != 0 || shift == 0;
        }

        return false;
    }
}
