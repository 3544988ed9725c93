namespace ThrottleNet.Counting.Batches;

/// <summary>Bits into octets, highest first; the caller made room, and the octets are zero.</summary>
internal ref struct BitWriter(Span<byte> output)
{
    private readonly Span<byte> _output = output;
    private int _at;

    /// <summary>Zeros, then a one.</summary>
    public void WriteUnary(ulong zeros)
    {
        _at += (int)zeros;
        WriteBits(1, 1);
    }

    /// <summary>The lowest <paramref name="count"/> bits (0 to 64) of a value.</summary>
    public void WriteBits(ulong value, int count)
    {
        while (count > 0)
        {
            var room = 8 - (_at & 7);
            var take = Math.Min(room, count);
            var bits = (byte)((value >> (count - take)) & ((1u << take) - 1));
            _output[_at >> 3] |= (byte)(bits << (room - take));
            _at += take;
            count -= take;
        }
    }
}
