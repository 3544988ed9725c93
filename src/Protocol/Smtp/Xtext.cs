using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>xtext (RFC 3461, section 4): printable ASCII except "+" and "=" is unchanged; every other octet is "+" and two hexadecimal digits.</summary>
public static class Xtext
{
    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is > (byte)' ' and <= (byte)'~' and not ((byte)'+' or (byte)'='))
            {
                encoded.Append((char)octet);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"+{octet:X2}");
            }
        }

        return encoded.ToString();
    }

    /// <summary>Decodes xtext; characters that should have been encoded are accepted.</summary>
    /// <returns>False for a "+" without two digits, and where the result is not UTF-8 or holds control characters.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, out string decoded)
    {
        decoded = "";
        var octets = new List<byte>(text.Length);
        Span<byte> utf8 = stackalloc byte[4];
        while (!text.IsEmpty)
        {
            var octet = (byte)0;
            if (text[0] == '+')
            {
                if (text.Length < 3 || !byte.TryParse(text[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out octet))
                {
                    return false;
                }

                octets.Add(octet);
                text = text[3..];
                continue;
            }

            Rune.DecodeFromUtf16(text, out var rune, out var length);
            octets.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
            text = text[length..];
        }

        var bytes = octets.ToArray();
        if (!Utf8.IsValid(bytes))
        {
            return false;
        }

        decoded = Encoding.UTF8.GetString(bytes);
        return !decoded.Any(char.IsControl);
    }
}
