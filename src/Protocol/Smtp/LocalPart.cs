using System.Buffers;
using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>The two ways of writing a local-part (RFC 5321, section 4.1.2; non-ASCII by RFC 6531, section 3.3).</summary>
internal static class LocalPart
{
    private static SearchValues<char> DotStringAscii { get; } =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.");

    /// <summary>How many characters at the beginning may stand in a Dot-string.</summary>
    public static int DotStringLength(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && (DotStringAscii.Contains(text[length]) || IsNonAscii(text[length])))
        {
            length++;
        }

        return length;
    }

    /// <summary>Atoms with single dots between them.</summary>
    public static bool IsDotString(ReadOnlySpan<char> text) =>
        !text.IsEmpty
        && DotStringLength(text) == text.Length
        && text[0] != '.'
        && text[^1] != '.'
        && text.IndexOf("..") < 0;

    /// <summary>Reads a Quoted-string from its opening quote.</summary>
    /// <param name="text">Begins with a quote.</param>
    /// <param name="content">The local-part without quotes and backslashes.</param>
    /// <returns>Its length with both quotes; 0 if it is malformed.</returns>
    public static int ReadQuoted(ReadOnlySpan<char> text, out string content)
    {
        var unquoted = new StringBuilder();
        content = "";
        for (var i = 1; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"')
            {
                content = unquoted.ToString();
                return i + 1;
            }

            var escaped = c == '\\';
            if (escaped && ++i < text.Length)
            {
                c = text[i];
            }

            // A backslash may stand before ASCII only (quoted-pairSMTP).
            if (i == text.Length || !(c is >= ' ' and <= '~' || (IsNonAscii(c) && !escaped)))
            {
                return 0;
            }

            unquoted.Append(c);
        }

        return 0;
    }

    /// <summary>The wire form with the least quoting, as RFC 5321, section 4.1.2 wants it sent.</summary>
    public static string Quote(string content) =>
        IsDotString(content)
            ? content
            : $"\"{content.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>UTF8-non-ascii without the C1 control characters.</summary>
    private static bool IsNonAscii(char c) => c >= '\u00a0';
}
