using System.Globalization;
using System.Net;
using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>Version 1: one line of text, "PROXY TCP4 192.0.2.1 198.51.100.2 40000 25".</summary>
internal static class ProxyHeaderV1
{
    /// <summary>The longest line the specification knows (section 2.1), CRLF included.</summary>
    public const int MaxOctets = 107;

    public static ProxyStatus TryParse(ReadOnlySpan<byte> header, out ProxyAddresses? addresses, out int consumed)
    {
        addresses = null;
        consumed = 0;
        var window = header[..Math.Min(header.Length, MaxOctets)];
        var end = window.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0 || (end == window.Length - 1 && window[end] == '\r'))
        {
            return window.Length < MaxOctets ? ProxyStatus.NeedMore : ProxyStatus.Malformed;
        }

        if (!window[end..].StartsWith("\r\n"u8) || !Ascii.IsValid(window[..end]) || !TryParseLine(window[..end], out addresses))
        {
            return ProxyStatus.Malformed;
        }

        consumed = end + 2;
        return ProxyStatus.Parsed;
    }

    private static bool TryParseLine(ReadOnlySpan<byte> line, out ProxyAddresses? addresses)
    {
        addresses = null;
        var words = Encoding.ASCII.GetString(line).Split(' ');
        if (words.Length >= 2 && words[1] == "UNKNOWN")
        {
            return true; // the rest of the line is skipped
        }

        if (words is not ["PROXY", "TCP4" or "TCP6", var from, var to, var fromPort, var toPort]
            || !TryParseAddress(words[1], from, out var source)
            || !TryParseAddress(words[1], to, out var destination)
            || !ushort.TryParse(fromPort, NumberStyles.None, CultureInfo.InvariantCulture, out var sourcePort)
            || !ushort.TryParse(toPort, NumberStyles.None, CultureInfo.InvariantCulture, out var destinationPort))
        {
            return false;
        }

        addresses = new ProxyAddresses(new IPEndPoint(source, sourcePort), new IPEndPoint(destination, destinationPort));
        return true;
    }

    private static bool TryParseAddress(string family, string text, out IPAddress address) =>
        family == "TCP4" ? AddressLiteral.TryParseV4(text, out address) : AddressLiteral.TryParseV6(text, out address);
}
