namespace ThrottleNet.Protocol.Authentication;

/// <summary>Reads a tag list, as DKIM signatures and keys have it (RFC 6376, section 3.2).</summary>
public static class DkimTags
{
    // More than any signature or key has.
    private const int MaxTags = 64;

    /// <summary>The tags by name, without blanks in their values; null where the text is no tag list.</summary>
    public static IReadOnlyDictionary<string, string>? Read(string text)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split(';', MaxTags + 1))
        {
            if (string.IsNullOrWhiteSpace(part))
            {
                continue;
            }

            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || tags.Count == MaxTags)
            {
                return null;
            }

            var name = part[..equals].Trim();
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || !tags.TryAdd(name, string.Concat(part[(equals + 1)..].Where(c => !char.IsWhiteSpace(c)))))
            {
                return null;
            }
        }

        return tags.Count > 0 ? tags : null;
    }
}
