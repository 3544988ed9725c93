using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Exports;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust;

/// <summary>Section <c>Trust</c>: the trusted hosts, and where the list is published.</summary>
internal sealed record TrustOptions
{
    /// <summary>The longest zone name: the labels of an IPv6 address and a dot in front of it must fit a DNS name (RFC 1035, section 2.3.4).</summary>
    private const int LongestZone = 253 - ReverseName.MaxLength - 1;

    /// <summary>Addresses and networks (CIDR) that this node trusts by its own configuration. They take precedence over the signed list.</summary>
    [Reloadable]
    public IReadOnlyList<string> Entries { get; init; } = [];

    /// <summary>The key ids of the roots. Their statements count for every subject; all other authors need a delegation by a root.</summary>
    [Reloadable]
    public IReadOnlyList<string> Roots { get; init; } = [];

    /// <summary>The DNS zone in which the list is served (RFC 5782); null serves no zone.</summary>
    public string? Zone { get; init; }

    /// <summary>Where that zone and the network's names are served by UDP and TCP, as address:port; port 0 takes a free port.</summary>
    public IReadOnlyList<string> DnsListen { get; init; } = [];

    /// <summary>
    /// The zones' NS records: host names, the same as in the delegation. Empty: this node's host name, and the names of its live
    /// neighbours under the network's names.
    /// </summary>
    public IReadOnlyList<string> NameServers { get; init; } = [];

    /// <summary>Files that are kept current for other programs: format to path.</summary>
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
