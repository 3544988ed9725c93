namespace ThrottleNet.Counting.Batches;

/// <summary>Writes bits into octets, highest bit first. The octets must be zero and long enough.</summary>
internal ref struct BitWriter(Span<byte> output)
{
    private readonly Span<byte> _output = output;
    private int _at;

    /// <summary>Writes zeros, then a one.</summary>
    public void WriteUnary(ulong zeros)
    {
        _at += (int)zeros;
        WriteBits(1, 1);
    }

    /// <summary>Writes the lowest <paramref name="count"/> bits (0 to 64) of a value.</summary>
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
