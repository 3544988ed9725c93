using System.Net;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Exports;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust;

/// <summary>Section <c>Trust</c>: whom this node trusts, and where it tells others.</summary>
internal sealed record TrustOptions
{
    /// <summary>An IPv6 address before it, and the dot between them, must still be a name (RFC 1035, section 2.3.4).</summary>
    private const int LongestZone = 253 - ReverseName.MaxLength - 1;

    /// <summary>Addresses and CIDRs that this node trusts by its own word; they go before the signed list.</summary>
    public IReadOnlyList<string> Entries { get; init; } = [];

    /// <summary>Key ids whose statements count everywhere; all others need a delegation by one of these.</summary>
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>The DNS zone in which the list is served (RFC 5782); null serves none.</summary>
    public string? Zone { get; init; }

    /// <summary>Where that zone and the network's names are served, UDP and TCP, as address:port; port 0 takes a free one.</summary>
    public IReadOnlyList<string> DnsListen { get; init; } = [];

    /// <summary>
    /// The name servers that those zones say they have: host names, the same as in the delegation. Empty: this node's host name,
    /// and those names of its live neighbours that are under one of the network's names.
    /// </summary>
    public IReadOnlyList<string> NameServers { get; init; } = [];

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

        for (var i = 0; i < Roots.Count; i++)
        {
            if (!AuthorKey.IsId(Roots[i]))
            {
                yield return $"{section}:Roots:{i}: {Roots[i]} is not a key id; set it to the {AuthorKey.IdLength} hexadecimal digits that 'trust key show' prints";
            }
        }

        for (var i = 0; i < DnsListen.Count; i++)
        {
            if (!IPEndPoint.TryParse(DnsListen[i], out var listen) || (listen.Port == 0 && DnsListen[i] != listen.ToString()))
            {
                yield return $"{section}:DnsListen:{i}: {DnsListen[i]} is not an address and port; write it as 192.0.2.1:53 or [2001:db8::1]:53";
            }
        }

        if (DnsListen.Count > 0 && Zone is null)
        {
            yield return $"{section}:Zone: is null while DnsListen is set; name the zone to serve, such as list.throttle-mx.example.net";
        }

        if (Zone is not null && (!HostNames.IsCanonical(Zone) || Zone.Length > LongestZone))
        {
            yield return $"{section}:Zone: '{Zone}' is not a lower-case ASCII domain name of at most {LongestZone} characters without a dot at its end; set it to one";
        }

        for (var i = 0; i < NameServers.Count; i++)
        {
            if (!HostNames.IsCanonical(NameServers[i]))
            {
                yield return $"{section}:NameServers:{i}: '{NameServers[i]}' is not a lower-case ASCII host name without a dot at its end; write it as in the zone's delegation";
            }
        }

        foreach (var format in Exports.Keys.Except(ListExport.Formats))
        {
            yield return $"{section}:Exports:{format}: is not a format; there are {string.Join(", ", ListExport.Formats)}";
        }
    }
}
