using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>
/// Finds what TLS a mail exchanger must give: DANE (RFC 7672) first, then MTA-STS (RFC 8461), else none. MTA-STS never overrides DANE (RFC 8461,
/// section 2). DANE replaces MTA-STS only where DNSSEC also proves that the mail exchanger is the domain's, and a TLSA record is usable.
/// </summary>
internal sealed class TlsDemands(DaneLookup dane, MtaStsLookup policies)
{
    /// <summary>Begins to look for a domain's policy, so that it is known when the next hop is called.</summary>
    public void Prepare(string domain) => _ = policies.FindAsync(domain, CancellationToken.None).AsTask();

    /// <summary>The demand on a mail exchanger for mail to these domains.</summary>
    /// <param name="host">The mail exchanger; canonical.</param>
    /// <param name="port">The port it is called at.</param>
    /// <param name="domains">The recipients' domains, canonical.</param>
    /// <param name="secureDomain">The domain whose MX records are proved by DNSSEC; null: none.</param>
    /// <param name="usesMtaSts">Whether policies by MTA-STS count.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async ValueTask<TlsDemand> FindAsync(string host, int port, IReadOnlyCollection<string> domains, string? secureDomain, bool usesMtaSts, CancellationToken cancel)
    {
        var pending = usesMtaSts ? domains.Select(domain => (domain, Policy: policies.FindAsync(domain, cancel).AsTask())).ToList() : [];
        var records = await dane.FindAsync(host, port, cancel);
        var (enforcedBy, isTested, testedFault) = ((string?)null, false, (string?)null);
        foreach (var (domain, asked) in pending)
        {
            if (await asked is not { } policy || (records.Status is DaneStatus.Usable or DaneStatus.Failure && domain == secureDomain))
            {
                continue;
            }

            var fault = policy.Lists(host) ? null : $"the MTA-STS policy of {domain} does not list it";
            if (policy.Mode == MtaStsMode.Testing)
            {
                (isTested, testedFault) = (true, testedFault ?? fault);
            }
            else if (fault is not null)
            {
                return new TlsDemand(TlsDemandKind.Refused) { Fault = fault };
            }
            else
            {
                enforcedBy = domain;
            }
        }

        return records.Status switch
        {
            DaneStatus.Failure => new TlsDemand(TlsDemandKind.Refused) { Fault = "the DNS did not answer for its TLSA records", IsDnsFault = true },
            DaneStatus.Usable => new TlsDemand(TlsDemandKind.Dane) { Dane = records, Names = [.. new[] { records.BaseDomain, host, secureDomain }.OfType<string>().Distinct()] },
            _ when enforcedBy is not null => new TlsDemand(TlsDemandKind.Trusted),
            DaneStatus.Unusable => new TlsDemand(TlsDemandKind.Encrypted),
            _ => isTested ? TlsDemand.Opportunistic with { IsTested = true, TestedFault = testedFault } : TlsDemand.Opportunistic,
        };
    }
}
