using System.Text;

namespace ThrottleNet.Protocol.Authentication;

/// <summary>
/// Finds Authentication-Results fields that claim to be one's own and came from elsewhere (RFC 8601, section 5). Readers of such fields
/// differ in what they skip before, in and after the identifier (section 2.5), so a field is taken for a claim if any of them may read one.
/// </summary>
public static class AuthservId
{
    private enum Comments
    {
        Kept,
        Dropped,
        DroppedInQuotesToo,
    }

    /// <summary>
    /// Whether a field claims to hold the results of a service with one of these names, or of a host below one. Comments, quotes,
    /// and all characters that no host name has, hide no name. A field without an identifier makes that claim if it has such a name anywhere.
    /// </summary>
    /// <param name="value">The field's value, with its folds.</param>
    /// <param name="names">Lower-case host names, without a dot at the end.</param>
    public static bool Claims(string value, IEnumerable<string> names)
    {
        var id = value[..IdentifierLength(value)];
        var isEmpty = !Clean(id, Comments.Dropped).Text.Any(char.IsAsciiLetterOrDigit);
        var text = isEmpty ? value : id;

        // An encoded-word (RFC 2047) is not allowed here. Its base64 form hides the name, so every one is removed.
        return text.Contains("=?", StringComparison.Ordinal)
            || Enum.GetValues<Comments>().Select(comments => Clean(text, comments)).Any(read => names.Any(name => Has(read.Text, read.Gaps, name, isEmpty)));
    }

    // The text before the first semicolon that is not in a quoted-string or a comment; all of it if there is none.
    private static int IdentifierLength(string value)
    {
        var depth = 0;
        var isQuoted = false;
        for (var at = 0; at < value.Length; at++)
        {
            switch (value[at])
            {
                case ';' when depth == 0 && !isQuoted:
                    return at;
                case '\\' when depth > 0 || isQuoted:
                    at++;
                    break;
                case '"' when depth == 0:
                    isQuoted = !isQuoted;
                    break;
                case '(' when !isQuoted:
                    depth++;
                    break;
                case ')' when depth > 0:
                    depth--;
                    break;
            }
        }

        return value.Length;
    }

    // The characters of host names that are left, and before which of them others were dropped; the last gap is that at the end.
    private static (string Text, List<bool> Gaps) Clean(string value, Comments comments)
    {
        var text = new StringBuilder(value.Length);
        List<bool> gaps = [false];
        var depth = 0;
        var isQuoted = false;
        for (var at = 0; at < value.Length; at++)
        {
            var c = value[at];
            if (depth == 0 && (char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
            {
                text.Append(c);
                gaps.Add(false);
                continue;
            }

            gaps[^1] = true;
            switch (c)
            {
                case '\\' when depth > 0 || isQuoted:
                    // What is escaped in a comment belongs to it; in a quoted-string it belongs to the name, unless it is a mark.
                    at += depth > 0 || (at + 1 < value.Length && value[at + 1] is '"' or '\\' or '(' or ')') ? 1 : 0;
                    break;
                case '"' when depth == 0 && comments == Comments.Dropped:
                    isQuoted = !isQuoted;
                    break;
                case '(' when comments != Comments.Kept && !isQuoted:
                    depth++;
                    break;
                case ')' when depth > 0:
                    depth--;
                    break;
            }
        }

        return (text.ToString(), gaps);
    }

    // A name is whole between ends, dots before it and gaps; dots may follow it.
    private static bool Has(string text, List<bool> gaps, string name, bool anywhere)
    {
        for (var at = text.IndexOf(name, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var end = at + name.Length;
            while (end < text.Length && text[end] == '.' && !gaps[end])
            {
                end++;
            }

            if (anywhere || ((at == 0 || text[at - 1] == '.' || gaps[at]) && (end == text.Length || gaps[end])))
            {
                return true;
            }
        }

        return false;
    }
}
