using System.Buffers;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Questions about host names in canonical form: lower case, ASCII, no dot at the end.</summary>
internal static class HostNames
{
    // RFC 1035, section 2.3.4.
    private const int MaxName = 253;
    private const int MaxLabel = 63;

    // RFC 1123, section 2.1, and the underscore that the field has come to tolerate.
    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

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

    /// <summary>True when the name is <paramref name="parent"/> or lies under it.</summary>
    public static bool IsAtOrUnder(string name, string parent) =>
        name.EndsWith(parent, StringComparison.OrdinalIgnoreCase)
        && (name.Length == parent.Length || name[name.Length - parent.Length - 1] == '.');

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
