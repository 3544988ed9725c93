using System.Buffers;
using System.Text;

namespace ThrottleNet.Protocol.Authentication;

/// <summary>
/// Reads whose results an Authentication-Results field holds (RFC 8601, section 2.5), to find those that claim to be one's own
/// and came from elsewhere (section 5).
/// </summary>
public static class AuthservId
{
    private static readonly SearchValues<char> EndsOfToken = SearchValues.Create(" \t\r\n;(/");

    /// <summary>The authserv-id of a field, lower case, without a dot at its end; null where it cannot be read.</summary>
    /// <param name="value">The field's value, with its folds.</param>
    public static string? Read(string value)
    {
        var at = SkipBlanksAndComments(value, 0);
        if (at < 0 || at == value.Length)
        {
            return null;
        }

        var id = value[at] == '"' ? Quoted(value, at) : Token(value, at);
        return id is { Length: > 0 } ? id.TrimEnd('.').ToLowerInvariant() : null;
    }

    /// <summary>
    /// Whether a field claims to hold the results of a service with one of these names, or of a host below one. A field whose
    /// identifier cannot be read makes that claim if it contains such a name anywhere: readers differ in what they take from it.
    /// </summary>
    /// <param name="value">The field's value, with its folds.</param>
    /// <param name="names">Lower case, without a dot at the end.</param>
    public static bool Claims(string value, IEnumerable<string> names)
    {
        var id = Read(value);
        if (id is not null && !id.Contains("=?", StringComparison.Ordinal))
        {
            return names.Any(name => id == name || id.EndsWith("." + name, StringComparison.Ordinal));
        }

        // An encoded-word (RFC 2047) is not allowed here. Its base64 form hides the name, so every one is removed.
        var text = string.Concat(value.Where(c => !char.IsWhiteSpace(c)));
        return text.Contains("=?", StringComparison.Ordinal) || names.Any(name => text.Contains(name, StringComparison.OrdinalIgnoreCase));
    }

    // The index behind blanks, folds and comments, which may be nested (RFC 5322, section 3.2.2); -1 if a comment does not end.
    private static int SkipBlanksAndComments(string value, int at)
    {
        var depth = 0;
        for (; at < value.Length; at++)
        {
            switch (value[at])
            {
                case '(':
                    depth++;
                    break;
                case ')' when depth > 0:
                    depth--;
                    break;
                case '\\' when depth > 0:
                    at++;
                    break;
                case ' ' or '\t' or '\r' or '\n':
                    break;
                default:
                    if (depth == 0)
                    {
                        return at;
                    }

                    break;
            }
        }

        return depth == 0 ? value.Length : -1;
    }

    private static string? Quoted(string value, int at)
    {
        var id = new StringBuilder();
        for (at++; at < value.Length; at++)
        {
            switch (value[at])
            {
                case '"':
                    return id.ToString();
                case '\\' when at + 1 < value.Length:
                    id.Append(value[++at]);
                    break;
                case ' ' or '\t' or '\r' or '\n':
                    break; // A name has no blanks; those of a fold are not part of it.
                default:
                    id.Append(value[at]);
                    break;
            }
        }

        return null;
    }

    // A version may follow the identifier, by some writers after a slash.
    private static string Token(string value, int at)
    {
        var end = value.AsSpan(at).IndexOfAny(EndsOfToken);
        return end < 0 ? value[at..] : value.Substring(at, end);
    }
}
