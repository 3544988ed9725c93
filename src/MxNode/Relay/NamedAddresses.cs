using System.Net;
using System.Text.RegularExpressions;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Finds addresses in the text of replies.</summary>
internal static partial class NamedAddresses
{
    /// <summary>Whether a text names an address in any notation, as a word of its own: 192.0.2.1 is not named by 192.0.2.10 nor by host-192.0.2.1.example.</summary>
    public static bool Has(string text, IPAddress address) =>
        Candidate().Matches(text).Any(match => IPAddress.TryParse(match.Value, out var named) && named.Equals(address));

    // After "IPv6:" (RFC 5321, section 4.1.3), or not within a name or another address. A full stop may end the sentence.
    [GeneratedRegex(@"(?:(?<=IPv6:)|(?<![\w.:@-]))(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]+(?:(?:\.\d{1,3}){3})?)(?![\w:@-]|\.[\w-])", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 100)]
    private static partial Regex Candidate();
}
