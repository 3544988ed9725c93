using System.Buffers.Binary;
using System.Numerics;

namespace ThrottleNet.Counting.Batches;

/// <summary>Reads bits from octets, highest bit first. A read past the end returns false and never throws.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> input)
{
    // Bits that a window holds at any bit offset.
    private const int Sure = 57;

    private readonly ReadOnlySpan<byte> _input = input;
    private long _at;

    /// <summary>Octets of which at least one bit was read.</summary>
    public readonly int Consumed => (int)((_at + 7) >> 3);

    /// <summary>The unread bits of the last octet are zeros.</summary>
    public readonly bool IsPaddedWithZeros => (_at & 7) == 0 || (byte)(_input[(int)(_at >> 3)] << (int)(_at & 7)) == 0;

    public bool TryReadUnary(out ulong zeros)
    {
        zeros = 0;
        while (_at < _input.Length * 8L)
        {
            var run = BitOperations.LeadingZeroCount(Window());
            if (run < Sure)
            {
                zeros += (ulong)run;
                _at += run + 1;
                return _at <= _input.Length * 8L;
            }

            zeros += Sure;
            _at += Sure;
        }

        return false;
    }

    /// <param name="count">0 to 64.</param>
    /// <param name="value">The bits, the last one lowest.</param>
    public bool TryReadBits(int count, out ulong value)
    {
        value = 0;
        if (_at + count > _input.Length * 8L)
            return false;
        while (count > 0)
        {
            var take = Math.Min(count, 32);
            value = (value << take) | (Window() >> (64 - take));
            _at += take;
            count -= take;
        }

        return true;
    }

    private readonly ulong Window()
    {
        var octet = (int)(_at >> 3);
        if (octet + 8 <= _input.Length)
            return BinaryPrimitives.ReadUInt64BigEndian(_input[octet..]) << (int)(_at & 7);
        Span<byte> tail = stackalloc byte[8];
        tail.Clear();
        _input[octet..].CopyTo(tail);
        return BinaryPrimitives.ReadUInt64BigEndian(tail) << (int)(_at & 7);
    }
}
