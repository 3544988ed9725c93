using System.Collections.Frozen;
using System.Collections.Immutable;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Finds addresses of other nodes, in the configuration and in the DNS. One search at a time.</summary>
internal sealed class PeerFinder(Live<ExchangeOptions> options, IDnsResolver dns)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    // The last records of each kind of question. A DNS that fails, or has lost the name, is no reason to forget peers.
    private readonly ImmutableArray<DnsRecord>[] _known = [[], []];

    // For addresses found in the DNS: the name that led there, which the node's certificate may carry in place of the address.
    private volatile FrozenDictionary<string, string> _foundBy = FrozenDictionary<string, string>.Empty;

    /// <summary>The addresses, as host:port, and when to look again.</summary>
    public async Task<(IReadOnlyList<string> Addresses, TimeSpan LookAgain)> FindAsync(CancellationToken cancel)
    {
        var (configured, discover) = (options.Current.Peers.Select(Canonical), options.Current.Discover);
        if (discover is null)
        {
            return ([.. configured], LongestWait);
        }

        var name = discover.TrimEnd('.').ToLowerInvariant();
        var isCurrent = await AskAsync(name, name.StartsWith('_') ? [DnsType.Srv] : [DnsType.A, DnsType.Aaaa], cancel);
        var records = _known.SelectMany(r => r).ToList();
        var found = records.Select(Address).OfType<string>().ToList();
        _foundBy = found.Distinct().ToFrozenDictionary(address => address, _ => name);
        var wait = TimeSpan.FromSeconds(isCurrent ? records.Min(r => (double)r.Ttl) : 0);
        return ([.. configured, .. found], wait < ShortestWait ? ShortestWait : wait > LongestWait ? LongestWait : wait);
    }

    /// <summary>The names that the certificate of the node at an address may carry.</summary>
    public string[] NamesOf(PeerAddress peer) =>
        _foundBy.TryGetValue(peer.ToString(), out var name) && !name.StartsWith('_') ? [peer.Host, name] : [peer.Host];

    // False if the known records may be old.
    private async Task<bool> AskAsync(string name, DnsType[] types, CancellationToken cancel)
    {
        var answers = new DnsAnswer[types.Length];
        for (var i = 0; i < types.Length; i++)
        {
            answers[i] = await dns.QueryAsync(name, types[i], cancel);
        }

        var isCurrent = answers.All(a => a.Status != DnsStatus.Failure) && answers.Any(a => a.Records.Length > 0);
        for (var i = 0; i < types.Length; i++)
        {
            _known[i] = isCurrent || answers[i].Records.Length > 0 ? answers[i].Records : _known[i];
        }

        return isCurrent;
    }

    private static string Canonical(string text) => PeerAddress.TryParse(text, out var address) ? address.ToString() : text;

    private string? Address(DnsRecord record) => record switch
    {
        SrvRecord { Target.Length: > 0 } srv => new PeerAddress(srv.Target, srv.Port).ToString(),
        AddressRecord address when options.Current.Listen is { } listen => PeerAddress.Format(address.Address, listen.Port),
        _ => null,
    };
}
