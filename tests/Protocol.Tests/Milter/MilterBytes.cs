using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ThrottleNet.Protocol.Tests.Milter;

/// <summary>
/// Packets as text: the code, a blank, the data. In the data \0 is NUL, \n and \r are line ends, {7} is a number in four octets and
/// {{25}} a number in two.
/// </summary>
internal static partial class MilterBytes
{
    public static byte[] Packet(string text)
    {
        var data = new ArrayBufferWriter<byte>();
        data.Write([(byte)text[0]]);
        var rest = text.Length > 2 ? text[2..] : "";
        for (var i = 0; i < rest.Length; i++)
        {
            if (Number().Match(rest, i) is { Success: true } match && match.Index == i)
            {
                var value = uint.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
                var octets = new byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(octets, value);
                data.Write(match.Groups[1].Length == 2 ? octets.AsSpan(2) : octets);
                i += match.Length - 1;
            }
            else if (rest[i] == '\\' && i + 1 < rest.Length)
            {
                data.Write([rest[++i] switch { '0' => (byte)0, 'n' => (byte)'\n', 'r' => (byte)'\r', 't' => (byte)'\t', _ => (byte)rest[i] }]);
            }
            else
            {
                Encoding.UTF8.GetBytes(rest.AsSpan(i, 1), data);
            }
        }

        var packet = new byte[4 + data.WrittenCount];
        BinaryPrimitives.WriteInt32BigEndian(packet, data.WrittenCount);
        data.WrittenSpan.CopyTo(packet.AsSpan(4));
        return packet;
    }

    public static byte[] Packets(params string[] texts) => [.. texts.SelectMany(Packet)];

    /// <summary>The packets sent, one string each. Printable characters stay, all others are escapes.</summary>
    public static IEnumerable<string> Show(ReadOnlyMemory<byte> sent)
    {
        while (sent.Length > 0)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(sent.Span);
            var text = new StringBuilder().Append((char)sent.Span[4]).Append(' ');
            foreach (var octet in sent.Slice(5, length - 1).ToArray())
            {
                text.Append(octet switch
                {
                    0 => "\\0",
                    (byte)'\n' => "\\n",
                    (byte)'\r' => "\\r",
                    > 31 and < 127 => ((char)octet).ToString(),
                    _ => $"\\x{octet:x2}",
                });
            }

            yield return text.ToString().TrimEnd();
            sent = sent[(4 + length)..];
        }
    }

    [GeneratedRegex(@"(\{\{?)(\d+)\}\}?")]
    private static partial Regex Number();
}
