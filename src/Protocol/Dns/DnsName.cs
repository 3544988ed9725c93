using System.Globalization;

namespace ThrottleNet.Protocol.Dns;

/// <summary>
/// Names as text: labels joined by dots, lower case, no trailing dot, the root is "". A dot or backslash within a label is
/// written \. and \\, any octet that is not printable ASCII \DDD in decimal (RFC 1035, section 5.1), so every name has a text.
/// </summary>
public static class DnsName
{
    /// <summary>Octets of the longest name on the wire, its root label included (RFC 1035, section 2.3.4).</summary>
    public const int MaxWireLength = 255;

    /// <summary>Octets of the longest label (RFC 1035, section 2.3.4).</summary>
    public const int MaxLabelLength = 63;

    /// <summary>Characters of the longest text: every octet escaped.</summary>
    internal const int MaxTextLength = 4 * MaxWireLength;

    /// <summary>Lower case without the trailing dot: how names are compared (RFC 4343).</summary>
    public static string Canonical(string name) => (name.EndsWith('.') ? name[..^1] : name).ToLowerInvariant();

    /// <summary>Whether a name is <paramref name="parent"/> or lies under it; both are canonical. An escaped dot ends no label.</summary>
    public static bool IsAtOrUnder(string name, string parent)
    {
        var dot = name.Length - parent.Length - 1;
        return name == parent
            || (dot > 0 && name[dot] == '.' && name.EndsWith(parent, StringComparison.Ordinal) && (dot - name.AsSpan(0, dot).TrimEnd('\\').Length) % 2 == 0);
    }

    /// <summary>Whether a text can be encoded as a DNS name.</summary>
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        Span<byte> wire = stackalloc byte[MaxWireLength];
        return TryEncode(name, wire, out _);
    }

    /// <summary>Text to labels with their lengths, lower case and uncompressed.</summary>
    /// <param name="name">The text.</param>
    /// <param name="wire">At least <see cref="MaxWireLength"/> octets.</param>
    /// <param name="length">How many of them are the name.</param>
    internal static bool TryEncode(ReadOnlySpan<char> name, Span<byte> wire, out int length)
    {
        length = 0;
        var labelAt = 0;
        var at = 1;
        while (!name.IsEmpty)
        {
            // The last octet is reserved for the root label.
            if (at >= MaxWireLength - 1)
            {
                return false;
            }

            if (name[0] == '.')
            {
                // The dot ends a label, and another label must follow.
                if (!TryEndLabel(wire, labelAt, at) || name.Length == 1)
                {
                    return false;
                }

                labelAt = at++;
                name = name[1..];
            }
            else if (TryReadOctet(ref name, out wire[at]))
            {
                at++;
            }
            else
            {
                return false;
            }
        }

        if (at > 1)
        {
            if (!TryEndLabel(wire, labelAt, at))
            {
                return false;
            }

            wire[at++] = 0;
        }
        else
        {
            wire[0] = 0;
        }

        length = at;
        return true;
    }

    /// <summary>Appends a label as text.</summary>
    /// <returns>Characters written, at most four an octet.</returns>
    internal static int DecodeLabel(ReadOnlySpan<byte> label, Span<char> text)
    {
        var at = 0;
        foreach (var octet in label)
        {
            var c = (char)octet;
            if (c is '.' or '\\')
            {
                text[at++] = '\\';
                text[at++] = c;
            }
            else if (c is > ' ' and <= '~')
            {
                text[at++] = (char)ToLower(octet);
            }
            else
            {
                text[at++] = '\\';
                octet.TryFormat(text[at..], out var digits, "D3", CultureInfo.InvariantCulture);
                at += digits;
            }
        }

        return at;
    }

    private static bool TryEndLabel(Span<byte> wire, int labelAt, int at)
    {
        var length = at - labelAt - 1;
        wire[labelAt] = (byte)length;
        return length is > 0 and <= MaxLabelLength;
    }

    private static bool TryReadOctet(ref ReadOnlySpan<char> name, out byte octet)
    {
        octet = 0;
        var c = name[0];
        name = name[1..];
        if (c is <= ' ' or > '~')
        {
            return false;
        }

        if (c == '\\')
        {
            if (name.Length >= 3 && byte.TryParse(name[..3], NumberStyles.None, CultureInfo.InvariantCulture, out octet))
            {
                octet = ToLower(octet);
                name = name[3..];
                return true;
            }

            if (name.IsEmpty || name[0] is not ('.' or '\\'))
            {
                return false;
            }

            c = name[0];
            name = name[1..];
        }

        octet = ToLower((byte)c);
        return true;
    }

    /// <summary>Only ASCII letters have case here (RFC 4343, section 3.1).</summary>
    private static byte ToLower(byte octet) => octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet + ('a' - 'A')) : octet;
}
