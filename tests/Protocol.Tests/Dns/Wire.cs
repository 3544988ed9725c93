using System.Buffers.Binary;
using System.Text;

namespace ThrottleNet.Protocol.Tests.Dns;

/// <summary>Writes octets by hand, for messages that the codec would not write.</summary>
internal sealed class Wire
{
    public const int Id = 0x1234;

    private readonly List<byte> _octets = [];

    public int Length => _octets.Count;

    public byte[] ToArray() => [.. _octets];

    public Wire Header(int questions = 0, int answers = 0, int authorities = 0, int additionals = 0, int flags = 0) =>
        UInt16(Id).UInt16(flags).UInt16(questions).UInt16(answers).UInt16(authorities).UInt16(additionals);

    public Wire Labels(params string[] labels)
    {
        foreach (var label in labels)
        {
            Octets((byte)label.Length).Octets(Encoding.Latin1.GetBytes(label));
        }

        return this;
    }

    public Wire Name(params string[] labels) => Labels(labels).Octets(0);

    public Wire Pointer(int target) => UInt16(0xC000 | target);

    public Wire Record(int type, int dataLength, int @class = 1) => UInt16(type).UInt16(@class).UInt32(3600).UInt16(dataLength);

    public Wire UInt16(int value)
    {
        Span<byte> octets = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)value);
        return Octets([.. octets]);
    }

    public Wire UInt32(uint value) => UInt16((int)(value >> 16)).UInt16((int)(value & 0xffff));

    public Wire Octets(params byte[] octets)
    {
        _octets.AddRange(octets);
        return this;
    }
}
