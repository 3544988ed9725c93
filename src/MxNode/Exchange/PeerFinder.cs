using System.Collections.Frozen;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Where other nodes are, by configuration and by DNS.</summary>
internal sealed class PeerFinder(ExchangeOptions options, IDnsResolver dns)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    // Of addresses found in the DNS: the name that led there, which their certificates may carry instead.
    private volatile FrozenDictionary<string, string> _foundBy = FrozenDictionary<string, string>.Empty;

    /// <summary>The addresses, as host:port, and when to look again.</summary>
    public async Task<(IReadOnlyList<string> Addresses, TimeSpan LookAgain)> FindAsync(CancellationToken cancel)
    {
        var configured = options.Peers.Select(Canonical);
        if (options.Discover is null)
        {
            return ([.. configured], LongestWait);
        }

        var name = options.Discover.TrimEnd('.').ToLowerInvariant();
        var records = name.StartsWith('_')
            ? (await dns.QueryAsync(name, DnsType.Srv, cancel)).Records
            : [.. (await dns.QueryAsync(name, DnsType.A, cancel)).Records, .. (await dns.QueryAsync(name, DnsType.Aaaa, cancel)).Records];
        var found = records.Select(Address).OfType<string>().ToList();
        _foundBy = found.Distinct().ToFrozenDictionary(address => address, _ => name);
        var wait = TimeSpan.FromSeconds(records.Select(r => (double)r.Ttl).DefaultIfEmpty(0).Min());
        return ([.. configured, .. found], wait < ShortestWait ? ShortestWait : wait > LongestWait ? LongestWait : wait);
    }

    /// <summary>The names that the certificate of the node at an address may carry.</summary>
    public string[] NamesOf(PeerAddress peer) =>
        _foundBy.TryGetValue(peer.ToString(), out var name) && !name.StartsWith('_') ? [peer.Host, name] : [peer.Host];

    private static string Canonical(string text) => PeerAddress.TryParse(text, out var address) ? address.ToString() : text;

    private string? Address(DnsRecord record) => record switch
    {
        SrvRecord { Target.Length: > 0 } srv => new PeerAddress(srv.Target, srv.Port).ToString(),
        AddressRecord address when options.Listen is { } listen => PeerAddress.Format(address.Address, listen.Port),
        _ => null,
    };
}
