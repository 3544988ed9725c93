using System.Net;
using System.Net.Sockets;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.Spf;

/// <summary>
/// Checks whether a host may send mail for a domain: the function check_host of RFC 7208, section 4. The number of look-ups is bounded
/// (section 4.6.4), whatever records say. One check at a time; make a new one for each message.
/// </summary>
public sealed class SpfCheck
{
    private const int MaxLookups = 10;
    private const int MaxVoid = 2;
    private const int MaxNames = 10; // of one mx or ptr

    private readonly IPAddress _client;
    private readonly SpfLookup _lookup;
    private readonly SpfMacro _macro;
    private int _lookups;
    private int _void;

    /// <param name="client">The client's address.</param>
    /// <param name="local">The local-part of the reverse-path; "postmaster" where there is none.</param>
    /// <param name="domain">The domain of the reverse-path, canonical.</param>
    /// <param name="helo">The argument of HELO or EHLO.</param>
    /// <param name="lookup">Asks the DNS.</param>
    public SpfCheck(IPAddress client, string local, string domain, string helo, SpfLookup lookup)
    {
        _client = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        _lookup = lookup;
        _macro = new SpfMacro(_client, local.Length > 0 ? local : "postmaster", domain, helo);
        Domain = domain;
    }

    private string Domain { get; }

    /// <summary>Runs the check.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async ValueTask<SpfResult> RunAsync(CancellationToken cancel)
    {
        try
        {
            return await CheckAsync(Domain, cancel);
        }
        catch (SpfException e)
        {
            return e.Result;
        }
    }

    private async ValueTask<SpfResult> CheckAsync(string domain, CancellationToken cancel)
    {
        if (!IsName(domain))
        {
            return SpfResult.None;
        }

        var records = (await AskAsync(domain, DnsType.Txt, countVoid: false, cancel)).OfType<TxtRecord>().Select(r => r.Text).Where(SpfRecord.IsOne).ToList();
        if (records.Count != 1)
        {
            return records.Count == 0 ? SpfResult.None : SpfResult.PermError;
        }

        var record = SpfRecord.Parse(records[0]) ?? throw new SpfException(SpfResult.PermError);
        foreach (var term in record.Terms)
        {
            if (await MatchesAsync(term, domain, cancel))
            {
                return term.Result;
            }
        }

        if (record.Redirect is not { } redirect)
        {
            return SpfResult.Neutral;
        }

        CountLookup();
        return await CheckAsync(Expand(redirect, domain), cancel) is var result && result == SpfResult.None ? SpfResult.PermError : result;
    }

    private async ValueTask<bool> MatchesAsync(SpfTerm term, string domain, CancellationToken cancel)
    {
        switch (term.Name)
        {
            case "all":
                return true;
            case "ip4":
            case "ip6":
                return term.Network!.Value.Contains(_client);
        }

        CountLookup();
        var target = term.Domain is { } spec ? Expand(spec, domain) : domain;
        return term.Name switch
        {
            "include" => await IncludesAsync(target, cancel),
            "a" => await HasAddressAsync(target, term, countVoid: true, cancel),
            "mx" => await HasExchangeAsync(target, term, cancel),
            "ptr" => await HasNameAsync(target, cancel),
            _ => IsName(target) && (await AskAsync(target, DnsType.A, countVoid: true, cancel)).Count > 0,
        };
    }

    // Section 5.2.
    private async ValueTask<bool> IncludesAsync(string domain, CancellationToken cancel) => await CheckAsync(domain, cancel) switch
    {
        SpfResult.Pass => true,
        SpfResult.Fail or SpfResult.SoftFail or SpfResult.Neutral => false,
        SpfResult.TempError => throw new SpfException(SpfResult.TempError),
        _ => throw new SpfException(SpfResult.PermError),
    };

    private async ValueTask<bool> HasExchangeAsync(string domain, SpfTerm term, CancellationToken cancel)
    {
        if (!IsName(domain))
        {
            return false;
        }

        var exchanges = (await AskAsync(domain, DnsType.Mx, countVoid: true, cancel)).OfType<MxRecord>().ToList();
        if (exchanges.Count > MaxNames)
        {
            throw new SpfException(SpfResult.PermError);
        }

        foreach (var exchange in exchanges)
        {
            if (await HasAddressAsync(exchange.Exchange, term, countVoid: false, cancel))
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<bool> HasAddressAsync(string name, SpfTerm term, bool countVoid, CancellationToken cancel)
    {
        if (!IsName(name))
        {
            return false;
        }

        var isIPv4 = _client.AddressFamily == AddressFamily.InterNetwork;
        var addresses = await AskAsync(name, isIPv4 ? DnsType.A : DnsType.Aaaa, countVoid, cancel);
        return addresses.OfType<AddressRecord>().Any(a => SpfTerm.NetworkOf(a.Address, isIPv4 ? term.Prefix4 : term.Prefix6).Contains(_client));
    }

    // Section 5.5: errors of the DNS are no match.
    private async ValueTask<bool> HasNameAsync(string domain, CancellationToken cancel)
    {
        var names = await _lookup(ReverseName.Of(_client), DnsType.Ptr, cancel) ?? [];
        foreach (var name in names.OfType<PtrRecord>().Take(MaxNames).Where(n => DnsName.IsAtOrUnder(n.Target, domain)))
        {
            var addresses = await _lookup(name.Target, _client.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa, cancel);
            if (addresses?.OfType<AddressRecord>().Any(a => a.Address.Equals(_client)) == true)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsName(string name) => name.Length > 0 && DnsName.IsValid(name);

    private string Expand(string spec, string domain) => _macro.Expand(spec, domain) ?? throw new SpfException(SpfResult.PermError);

    private async ValueTask<IReadOnlyList<DnsRecord>> AskAsync(string name, DnsType type, bool countVoid, CancellationToken cancel)
    {
        var records = await _lookup(name, type, cancel) ?? throw new SpfException(SpfResult.TempError);
        return countVoid && records.Count == 0 && ++_void > MaxVoid ? throw new SpfException(SpfResult.PermError) : records;
    }

    private void CountLookup()
    {
        if (++_lookups > MaxLookups)
        {
            throw new SpfException(SpfResult.PermError);
        }
    }
}
