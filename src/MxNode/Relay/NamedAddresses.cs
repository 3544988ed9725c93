using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Finds addresses in the text of replies.</summary>
internal static partial class NamedAddresses
{
    /// <summary>Whether a text names an address in any notation, as a word of its own: 192.0.2.1 is not named by 192.0.2.10 nor by host-192.0.2.1.example.</summary>
    public static bool Has(string text, IPAddress address)
    {
        foreach (var match in Candidate().EnumerateMatches(text))
        {
            var end = match.Index + match.Length;
            var isPartOfName = end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '-' or '@');
            if (!isPartOfName && IPAddress.TryParse(WithoutPunctuation(text.AsSpan(match.Index, match.Length)), out var named) && named.Unmapped().Equals(address.Unmapped()))
            {
                return true;
            }
        }

        return false;
    }

    // A full stop or a colon may follow an address; "::" may end one.
    private static ReadOnlySpan<char> WithoutPunctuation(ReadOnlySpan<char> word)
    {
        word = word.TrimEnd('.');
        return word.EndsWith(":") && !word.EndsWith("::") ? word[..^1] : word;
    }

    // After "IPv6:" (RFC 5321, section 4.1.3), or not within a name or another address.
    [GeneratedRegex(@"(?:(?<=IPv6:)|(?<![\w.:@-]))[0-9a-f:.]{2,64}", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Candidate();
}
