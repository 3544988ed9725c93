using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Configuration;

/// <summary>The help page of <c>Smtp:HelpUrl</c>, which ends every deferral about rate.</summary>
/// <param name="Url">An http or https URL; {address} and {id} in it are filled in. Null: there is none.</param>
/// <param name="Key">With it the id is followed by a hyphen and a proof, which the node's own help page asks for; null: the node serves no page.</param>
internal sealed record HelpLink(string? Url, HelpKey? Key = null)
{
    /// <summary>Characters: with an IPv6 address and an id filled in, the reply still fits a line of 510 octets.</summary>
    public const int MaxUrl = 160;

    /// <summary>The link for a client; null when there is none.</summary>
    /// <param name="address">The client's address; null where it is not known.</param>
    /// <param name="id">The session's id, of characters that need no escaping in a URL.</param>
    public string? For(IPAddress? address, string id) => Url?
        .Replace("{address}", Uri.EscapeDataString(address?.ToString() ?? ""), StringComparison.Ordinal)
        .Replace("{id}", Key is not null && address is not null ? $"{id}-{Key.Prove(IpBlock.Of(address))}" : id, StringComparison.Ordinal);

    public static IEnumerable<string> Validate(string? url, string key)
    {
        if (url is not null
            && (url.Length > MaxUrl || url.AsSpan().ContainsAnyExceptInRange('!', '~')
                || !Uri.TryCreate(url.Replace('{', 'x').Replace('}', 'x'), UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https")))
        {
            yield return $"{key}: \"{url}\" is no http or https URL of at most {MaxUrl} printable ASCII characters; write one like https://help.example.net/?host={{address}}&id={{id}}";
        }
    }
}
