using System.Text;

namespace ThrottleNet.Protocol.Grpc;

/// <summary>The percent-encoding of grpc-message (gRPC, doc/PROTOCOL-HTTP2.md, Percent-Encoded): UTF-8, all but printable ASCII escaped.</summary>
public static class PercentText
{
    public static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains('%'))
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length * 2);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
            {
                encoded.Append((char)octet);
            }
            else
            {
                encoded.Append('%').Append(octet.ToString("X2", null));
            }
        }

        return encoded.ToString();
    }

    /// <summary>Never fails: what is no escape stands for itself, and octets that are no UTF-8 become U+FFFD.</summary>
    public static string Decode(string encoded)
    {
        if (!encoded.Contains('%'))
        {
            return encoded;
        }

        var source = Encoding.UTF8.GetBytes(encoded).AsSpan();
        var octets = new byte[source.Length];
        var length = 0;
        while (!source.IsEmpty)
        {
            var escaped = source[0] == '%' && source.Length >= 3
                && char.IsAsciiHexDigit((char)source[1]) && char.IsAsciiHexDigit((char)source[2]);
            octets[length++] = escaped ? Convert.FromHexString(source[1..3])[0] : source[0];
            source = source[(escaped ? 3 : 1)..];
        }

        return Encoding.UTF8.GetString(octets, 0, length);
    }
}
