using System.Buffers;

namespace ThrottleNet.TrustList.Statements;

/// <summary>Host names that a statement may have as its subject: lower-case A-labels of letters, digits and hyphens (RFC 1123, section 2.1), no dot at the end.</summary>
internal static class SubjectName
{
    private const int MaxName = 253;
    private const int MaxLabel = 63;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>Whether the text is such a name, of two labels or more. The last label must hold a letter, so that no name looks like an address.</summary>
    public static bool IsCanonical(string name)
    {
        if (name.Length > MaxName)
        {
            return false;
        }

        var labels = name.Split('.');
        return labels.Length > 1 && Array.TrueForAll(labels, IsLabel) && labels[^1].AsSpan().ContainsAnyInRange('a', 'z');
    }

    /// <summary>Whether a name is a domain itself or lies below it.</summary>
    public static bool IsWithin(string name, string domain) =>
        name.EndsWith(domain, StringComparison.Ordinal) && (name.Length == domain.Length || name[^(domain.Length + 1)] == '.');

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MaxLabel && label[0] != '-' && label[^1] != '-' && !label.AsSpan().ContainsAnyExcept(Allowed);
}
