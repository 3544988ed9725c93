using System.Buffers;

namespace ThrottleNet.Protocol.Dns;

/// <summary>Rules for host names in canonical form: lower-case ASCII, no dot at the end.</summary>
public static class HostNames
{
    private const int MaxName = 253;
    private const int MaxLabel = 63;

    // RFC 1123, section 2.1, and the underscore, which is in use in the field.
    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Whether a text is a canonical host name of one label or more (lengths: RFC 1035, section 2.3.4).</summary>
    public static bool IsCanonical(string name)
    {
        if (name.Length is 0 or > MaxName)
        {
            return false;
        }

        foreach (var range in name.AsSpan().Split('.'))
        {
            var label = name.AsSpan()[range];
            if (label.Length is 0 or > MaxLabel || label.ContainsAnyExcept(LabelCharacters))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether one of the name's labels is <paramref name="label"/>, in any case.</summary>
    public static bool HasLabel(string name, string label)
    {
        foreach (var range in name.AsSpan().Split('.'))
        {
            if (name.AsSpan()[range].Equals(label, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
