namespace ThrottleNet.Protocol.Spf;

/// <summary>An SPF record (RFC 7208, section 4.6).</summary>
/// <param name="Terms">The mechanisms in order.</param>
/// <param name="Redirect">The domain-spec of the modifier redirect; null for none.</param>
internal sealed record SpfRecord(IReadOnlyList<SpfTerm> Terms, string? Redirect)
{
    private const string Version = "v=spf1";

    /// <summary>Whether a text is an SPF record of this version, well-formed or not.</summary>
    public static bool IsOne(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>Reads a record; null for a syntax error, which makes the whole record worthless.</summary>
    public static SpfRecord? Parse(string text)
    {
        var terms = new List<SpfTerm>();
        string? redirect = null;
        var hasExplanation = false;
        foreach (var word in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && IsName(word[..equals]))
            {
                var value = word[(equals + 1)..];
                switch (word[..equals].ToLowerInvariant())
                {
                    case "redirect" when redirect is not null || value.Length == 0:
                    case "exp" when hasExplanation:
                        return null;
                    case "redirect":
                        redirect = value;
                        break;
                    case "exp":
                        hasExplanation = true;
                        break;
                }
            }
            else if (SpfTerm.Parse(word) is { } term)
            {
                terms.Add(term);
            }
            else
            {
                return null;
            }
        }

        return new SpfRecord(terms, redirect);
    }

    private static bool IsName(string text) => char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
