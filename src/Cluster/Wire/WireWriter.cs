using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Counting.Batches;

namespace ThrottleNet.Cluster.Wire;

/// <summary>Writes the values of the cluster's calls: numbers in groups of seven bits, texts and bodies after their length.</summary>
internal sealed class WireWriter
{
    private readonly ArrayBufferWriter<byte> _octets = new();

    public byte[] ToArray() => _octets.WrittenSpan.ToArray();

    public void Byte(byte value)
    {
        _octets.GetSpan(1)[0] = value;
        _octets.Advance(1);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            Byte((byte)(value | 0x80));
        Byte((byte)value);
    }

    /// <summary>A number that may be negative; small ones of either sign take few octets.</summary>
    public void Signed(long value) => Number((ulong)((value << 1) ^ (value >> 63)));

    public void Count(int value) => Number((ulong)value);

    public void Fixed(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_octets.GetSpan(8), value);
        _octets.Advance(8);
    }

    public void Text(string value) => Octets(Encoding.UTF8.GetBytes(value));

    public void Counts(BatchCounts counts) => Octets(BatchBody.Encode(counts));

    public void Node(NodeId node)
    {
        Text(node.Name);
        Number(node.Incarnation);
    }

    public void Generation(Generation generation) => Fixed(generation.Value);

    public void Key(PeerBatchKey key)
    {
        Fixed((ulong)(key.Origin >> 64));
        Fixed((ulong)key.Origin);
        Number(key.Epoch);
        Number(key.Seq);
    }

    private void Octets(ReadOnlySpan<byte> octets)
    {
        Count(octets.Length);
        _octets.Write(octets);
    }
}
