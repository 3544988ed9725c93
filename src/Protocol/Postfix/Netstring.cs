using System.Buffers;
using System.Globalization;
using System.Text;

namespace ThrottleNet.Protocol.Postfix;

/// <summary>The outcome of an attempt to read a netstring.</summary>
public enum NetstringStatus
{
    /// <summary>The octets so far are the beginning of a netstring.</summary>
    NeedMore,

    /// <summary>A netstring was read.</summary>
    Read,

    /// <summary>The octets are no netstring, or it is longer than the cap.</summary>
    Malformed,
}

/// <summary>
/// D. J. Bernstein's netstrings (https://cr.yp.to/proto/netstrings.txt): the length in decimal without leading zeros, a colon,
/// the octets, a comma. Postfix's socketmap protocol is made of them (socketmap_table(5)).
/// </summary>
public static class Netstring
{
    private const int MaxDigits = 9;

    /// <summary>
    /// Reads a netstring. Pure: the outcome depends on the octets alone, not on how they arrive. It consumes octets only when it has read a
    /// netstring. A length over the cap is malformed as soon as it is known, so NeedMore never waits for more than the cap and the frame.
    /// </summary>
    /// <param name="buffer">The octets at hand; afterwards the octets that were not consumed.</param>
    /// <param name="cap">The longest content allowed, in octets, under 10^9.</param>
    /// <param name="content">The netstring's content; empty unless one was read.</param>
    public static NetstringStatus TryRead(ref ReadOnlySequence<byte> buffer, int cap, out ReadOnlySequence<byte> content)
    {
        content = default;
        var length = 0;
        var digits = 0;
        var reader = new SequenceReader<byte>(buffer);
        while (true)
        {
            if (!reader.TryRead(out var octet))
            {
                return NetstringStatus.NeedMore;
            }

            if (octet == ':' && digits > 0)
            {
                break;
            }

            // After a zero only the colon may come.
            if (!char.IsAsciiDigit((char)octet) || (digits > 0 && length == 0) || ++digits > MaxDigits || (length = (length * 10) + octet - '0') > cap)
            {
                return NetstringStatus.Malformed;
            }
        }

        if (reader.Remaining <= length)
        {
            return NetstringStatus.NeedMore;
        }

        var octets = reader.UnreadSequence.Slice(0, length);
        reader.Advance(length);
        reader.TryRead(out var end);
        if (end != ',')
        {
            return NetstringStatus.Malformed;
        }

        content = octets;
        buffer = reader.UnreadSequence;
        return NetstringStatus.Read;
    }

    /// <summary>Writes a netstring with a text in UTF-8.</summary>
    public static void Write(IBufferWriter<byte> output, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length}:"), output);
        Encoding.UTF8.GetBytes(text, output);
        output.Write(","u8);
    }
}
