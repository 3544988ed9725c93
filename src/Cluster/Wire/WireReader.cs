using System.Buffers.Binary;
using System.Text;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Wire;

/// <summary>Reads what <see cref="WireWriter"/> wrote. Every method throws <see cref="InvalidDataException"/> for other octets.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> octets)
{
    private const int MaxText = 1024;

    private ReadOnlySpan<byte> _rest = octets;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() != 0;

    public ulong Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var octet = Byte();
            value |= (ulong)(octet & 0x7f) << shift;
            if (octet < 0x80)
                return value;
        }

        throw new InvalidDataException("a number does not end");
    }

    public long Signed()
    {
        var value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number of elements, each of which takes an octet or more. So no count makes a reader allocate more than the octets that came.</summary>
    public int Count(int max)
    {
        var count = Number();
        return count <= (ulong)max && count <= (ulong)_rest.Length ? (int)count : throw new InvalidDataException($"{count} elements are too many");
    }

    public ulong Fixed() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public string Text() => Encoding.UTF8.GetString(Take(Count(MaxText)));

    public BatchCounts Counts() =>
        BatchBody.TryDecode(Take(Count(BatchBody.MaxSize)), out var counts) ? counts : throw new InvalidDataException("counts are malformed");

    public NodeId Node() => new(Text(), Number());

    public Generation Generation() => new(Fixed());

    public PeerBatchKey Key() => new(new UInt128(Fixed(), Fixed()), Number(), Number());

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw new InvalidDataException("the octets end too early");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
