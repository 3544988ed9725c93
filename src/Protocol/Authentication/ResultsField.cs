using System.Text;

namespace ThrottleNet.Protocol.Authentication;

/// <summary>Writes the value of an Authentication-Results field (RFC 8601, section 2.2).</summary>
public static class ResultsField
{
    /// <summary>The field's name.</summary>
    public const string Name = "Authentication-Results";

    // A host name has no more octets (RFC 1035, section 2.3.4). A sender chooses what is written, so it is cut.
    private const int MaxValue = 255;

    // RFC 5322, section 2.1.1: lines should have no more octets, and must have at most 998. One property is at most some 530.
    private const int MaxLine = 78;

    // RFC 2045, section 5.1.
    private const string TSpecials = "()<>@,;:\\\"/[]?=";

    /// <summary>The value of the field, folded by CRLF and HT before each method, and before a property for which the line has no room.</summary>
    /// <param name="authservId">The name of the authentication service that checked the message.</param>
    /// <param name="results">None: the message was not checked.</param>
    public static string Format(string authservId, IReadOnlyList<MethodResult> results)
    {
        var text = new StringBuilder(Quote(authservId));
        if (results.Count == 0)
        {
            return text.Append("; none").ToString();
        }

        foreach (var result in results)
        {
            text.Append(";\r\n\t");
            var line = text.Length - 1;
            text.Append(result.Method).Append('=').Append(result.Result);
            (string Name, string Value)[] properties = [.. result.Reason is { } reason ? [("reason", reason)] : Array.Empty<(string, string)>(), .. result.Properties];
            foreach (var (name, value) in properties)
            {
                var property = $"{name}={Quote(value)}";
                var isFolded = text.Length - line + property.Length + " ;".Length > MaxLine;
                line = isFolded ? text.Length + "\r\n".Length : line;
                text.Append(isFolded ? "\r\n\t" : " ").Append(property);
            }
        }

        return text.ToString();
    }

    // A token as it is, anything else as a quoted-string. Control characters and non-ASCII would break the field; they become "?".
    private static string Quote(string value)
    {
        var cut = value.Length > MaxValue ? value[..MaxValue] : value;
        if (cut.Length > 0 && cut.All(c => c is > ' ' and <= '~' && !TSpecials.Contains(c, StringComparison.Ordinal)))
        {
            return cut;
        }

        var quoted = new StringBuilder("\"", cut.Length + 2);
        foreach (var c in cut)
        {
            quoted.Append(c is '"' or '\\' ? "\\" : "").Append(c is >= ' ' and <= '~' ? c : '?');
        }

        return quoted.Append('"').ToString();
    }
}
