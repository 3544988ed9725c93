using System.Buffers;
using System.Text;

namespace ThrottleNet.Protocol.Milter;

/// <summary>One header of a message (RFC 5322, section 2.2), folded lines included.</summary>
/// <param name="Name">What stands before the colon and its blanks.</param>
/// <param name="Raw">The octets as they go over SMTP, the last CRLF included.</param>
public sealed record HeaderField(string Name, ReadOnlyMemory<byte> Raw)
{
    /// <summary>What stands behind the colon, as filters get it: lines ended by LF, the last one by nothing.</summary>
    public byte[] Value()
    {
        var value = Raw.Span[(Raw.Span.IndexOf((byte)':') + 1)..];
        value = value.EndsWith("\r\n"u8) ? value[..^2] : value;
        var octets = new ArrayBufferWriter<byte>(value.Length + 1);
        for (var end = value.IndexOf("\r\n"u8); end >= 0; end = value.IndexOf("\r\n"u8))
        {
            octets.Write(value[..end]);
            octets.Write("\n"u8);
            value = value[(end + 2)..];
        }

        octets.Write(value);
        return octets.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Makes a header of what a filter dictates. Lines may end with LF, CRLF or CR; empty ones are left out, and the others become folded
    /// lines of this header: a value can neither end the headers nor begin another one.
    /// </summary>
    /// <param name="name">Printable ASCII without a colon.</param>
    /// <param name="value">What is to stand behind the colon.</param>
    /// <param name="addBlank">Puts a blank behind the colon.</param>
    public static HeaderField Make(string name, ReadOnlySpan<byte> value, bool addBlank)
    {
        var raw = new ArrayBufferWriter<byte>(name.Length + value.Length + 8);
        Encoding.ASCII.GetBytes(name, raw);
        raw.Write(addBlank ? ": "u8 : ":"u8);
        var first = true;
        foreach (var range in value.SplitAny("\r\n"u8))
        {
            var line = value[range];
            if (!first && !line.ContainsAnyExcept((byte)' ', (byte)'\t'))
            {
                continue;
            }

            raw.Write(first ? default : line[0] is (byte)' ' or (byte)'\t' ? "\r\n"u8 : "\r\n\t"u8);
            raw.Write(line);
            first = false;
        }

        raw.Write("\r\n"u8);
        return new HeaderField(name, raw.WrittenMemory);
    }

    /// <summary>The length of the name with which a line begins a header, blanks before its colon not included; 0 if it begins none.</summary>
    internal static int NameLength(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        var name = colon > 0 ? line[..colon].TrimEnd(" \t"u8) : default;
        return name.ContainsAnyExceptInRange((byte)'!', (byte)'~') ? 0 : name.Length;
    }
}
