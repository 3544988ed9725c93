using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Trust;

/// <summary>Section <c>Trust</c>: whom this node trusts, and where it tells others.</summary>
internal sealed record TrustOptions
{
    /// <summary>Addresses and CIDRs that this node trusts by its own word; they go before the signed list.</summary>
    public IReadOnlyList<string> Entries { get; init; } = [];

    /// <summary>Key ids whose statements count everywhere; all others need a delegation by one of these.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>The DNS zone in which the list is served (RFC 5782); null serves none.</summary>
    public string? Zone { get; init; }

    /// <summary>Where the zone is served, UDP and TCP, as address:port.</summary>
    public IReadOnlyList<string> DnsListen { get; init; } = [];

    /// <summary>Files kept up to date for other programs: format to path.</summary>
    public IReadOnlyDictionary<string, string> Exports { get; init; } = new Dictionary<string, string>();

    public IEnumerable<string> Validate(string section)
    {
        for (var i = 0; i < Entries.Count; i++)
        {
            if (!NetworkText.TryParse(Entries[i], out _, out var error))
            {
                yield return $"{section}:Entries:{i}: {error}";
            }
        }
    }
}
