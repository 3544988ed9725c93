using System.Collections.Frozen;

namespace ThrottleNet.TrustList.Exports;

/// <summary>
/// Writes the list in the formats of other programs; configuration and commands name the formats. Each format has disjoint networks
/// without the suspended ones, so that no program's rule of precedence matters. The same list always gives the same octets.
/// </summary>
public static class ListExport
{
    private static readonly FrozenDictionary<string, Action<TrustIndex, TextWriter>> Writers =
        new Dictionary<string, Action<TrustIndex, TextWriter>>
        {
            ["postfix"] = PostfixExport.Write,
            ["exim"] = EximExport.Write,
            ["rbldnsd"] = RbldnsdExport.Write,
            ["nftables"] = NftablesExport.Write,
            ["haproxy"] = HaproxyExport.Write,
            ["json"] = JsonExport.Write,
            ["text"] = TextExport.Write,
        }.ToFrozenDictionary();

    /// <summary>The names of all formats.</summary>
    public static IReadOnlyList<string> Formats { get; } = [.. Writers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Writes the list.</summary>
    /// <exception cref="ArgumentException">The format is none of <see cref="Formats"/>.</exception>
    public static void Write(string format, TrustIndex list, TextWriter output)
    {
        if (!Writers.TryGetValue(format, out var write))
        {
            throw new ArgumentException($"{format} is not an export format; there are {string.Join(", ", Formats)}", nameof(format));
        }

        write(list, output);
    }
}
