using System.Text;

namespace ThrottleNet.Protocol.Smtp;

/// <summary>One field of a header section (RFC 5322, section 2.2).</summary>
/// <param name="Name">Without the colon; empty for a malformed line, which has none.</param>
/// <param name="Octets">The field as it stands in the message: name, colon, value, folds, and the last CRLF.</param>
public sealed record HeaderField(string Name, ReadOnlyMemory<byte> Octets)
{
    /// <summary>The text after the colon, folds included, without the last CRLF. Octets that are not UTF-8 are replaced.</summary>
    public string Value
    {
        get
        {
            var value = Octets.Span[(Octets.Span.IndexOf((byte)':') + 1)..];
            return Encoding.UTF8.GetString(value.EndsWith("\r\n"u8) ? value[..^2] : value);
        }
    }

    /// <summary>Makes a field.</summary>
    /// <param name="name">Printable ASCII without blank and colon.</param>
    /// <param name="value">Each line break in it becomes a fold, each other control character but HT a blank.</param>
    /// <exception cref="ArgumentException">The name is not a field name.</exception>
    internal static HeaderField Create(string name, string value)
    {
        if (name.Length == 0 || !name.All(IsNameCharacter))
        {
            throw new ArgumentException($"'{name}' is not a header field name", nameof(name));
        }

        var text = new StringBuilder(name).Append(':');
        var lines = value.Split(["\r\n", "\n", "\r"], StringSplitOptions.None).Where(line => !string.IsNullOrWhiteSpace(line)).ToList();
        for (var i = 0; i < lines.Count; i++)
        {
            text.Append(i > 0 ? "\r\n" : "").Append(lines[i][0] is ' ' or '\t' ? "" : i > 0 ? "\t" : " ");
            foreach (var c in lines[i])
            {
                text.Append(char.IsControl(c) && c != '\t' ? ' ' : c);
            }
        }

        return new HeaderField(name, Encoding.UTF8.GetBytes(text.Append("\r\n").ToString()));
    }

    internal static HeaderField Parse(ReadOnlySpan<byte> field) =>
        new(StartsWithName(field) ? Encoding.ASCII.GetString(field[..field.IndexOf((byte)':')]).TrimEnd(' ', '\t') : "", field.ToArray());

    /// <summary>True when a line begins with a field name and a colon; blanks before the colon are an obsolete form (RFC 5322, section 4.5).</summary>
    internal static bool StartsWithName(ReadOnlySpan<byte> line)
    {
        var length = 0;
        while (length < line.Length && IsNameCharacter((char)line[length]))
        {
            length++;
        }

        var colon = length;
        while (colon < line.Length && line[colon] is (byte)' ' or (byte)'\t')
        {
            colon++;
        }

        return length > 0 && colon < line.Length && line[colon] == ':';
    }

    /// <summary>True when a text begins with a field's name and colon, or ends before that can be told.</summary>
    internal static bool MayBeName(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (at < text.Length && IsNameCharacter((char)text[at]))
        {
            at++;
        }

        if (at == 0)
        {
            return text.IsEmpty;
        }

        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t')
        {
            at++;
        }

        return at == text.Length || text[at] == ':';
    }

    private static bool IsNameCharacter(char c) => c is > ' ' and <= '~' and not ':';
}
