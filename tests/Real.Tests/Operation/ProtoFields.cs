using System.Text;
using Google.Protobuf;

namespace ThrottleNet.Real.Tests.Operation;

/// <summary>A protobuf message without its description: the values of its fields by their numbers.</summary>
internal sealed class ProtoFields
{
    private readonly Dictionary<int, List<object>> _fields = [];

    /// <exception cref="InvalidProtocolBufferException">The octets are no message.</exception>
    public ProtoFields(ByteString octets)
    {
        using var input = octets.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            if (!_fields.TryGetValue(number, out var values))
            {
                _fields.Add(number, values = []);
            }

            values.Add(WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                WireFormat.WireType.Fixed32 => (ulong)input.ReadFixed32(),
                _ => input.ReadBytes(),
            });
        }
    }

    /// <summary>The messages in a field.</summary>
    public IEnumerable<ProtoFields> All(int field) => Values(field).Select(value => new ProtoFields((ByteString)value));

    /// <summary>The messages at the end of a path of fields.</summary>
    public IEnumerable<ProtoFields> All(int first, int second) => All(first).SelectMany(inner => inner.All(second));

    /// <summary>A text; empty if the field is missing.</summary>
    public string Text(int field) => Values(field).FirstOrDefault() is ByteString octets ? Encoding.UTF8.GetString(octets.Span) : "";

    /// <summary>Octets in hexadecimal; empty if the field is missing.</summary>
    public string Hex(int field) => Values(field).FirstOrDefault() is ByteString octets ? Convert.ToHexStringLower(octets.Span) : "";

    /// <summary>A number; 0 if the field is missing.</summary>
    public ulong Number(int field) => Values(field).FirstOrDefault() is ulong number ? number : 0;

    /// <summary>The packed numbers of a field of type double.</summary>
    public IReadOnlyList<double> Doubles(int field) =>
        Values(field).FirstOrDefault() is ByteString octets ? [.. Enumerable.Range(0, octets.Length / sizeof(double)).Select(i => BitConverter.ToDouble(octets.Span[(i * sizeof(double))..]))] : [];

    private List<object> Values(int field) => _fields.GetValueOrDefault(field) ?? [];
}
