using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dane;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>
/// The TLSA records of each MX (DANE, RFC 7672): a sender that validates DNSSEC delivers to a host that has them only if its certificate matches.
/// </summary>
internal sealed class TlsaCheck(IDnsResolver dns, DaneLookup dane, Live<RelayOptions> relay, ExchangeCalls calls, TimeProvider clock) : IDomainCheck
{
    private const int MostRecords = 32;

    public string Group => "Policies";

    public async IAsyncEnumerable<Finding> RunAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        var without = new List<string>();
        foreach (var exchange in view.Ours.Concat(view.Real).Select(mx => mx.Exchange).Distinct())
        {
            var answer = await dns.QueryAsync($"_{relay.Current.Port}._tcp.{exchange}", DnsType.Tlsa, cancel);
            if (answer.Status == DnsStatus.Failure)
            {
                yield return Finding.Warn("dane", $"the TLSA records of {exchange} cannot be looked up: senders that validate DNSSEC do not deliver there meanwhile (RFC 7672, section 2.1)", "check the name servers and the signatures of its zone");
            }
            else if (answer.Status != DnsStatus.Success)
            {
                without.Add(exchange);
            }
            else
            {
                foreach (var finding in await FindingsAsync(view, exchange, answer, cancel))
                {
                    yield return finding;
                }
            }
        }

        if (without.Count > 0)
        {
            yield return Finding.Pass("dane", $"no TLSA records for {string.Join(", ", without)}");
        }
    }

    private async Task<IReadOnlyList<Finding>> FindingsAsync(DomainView view, string exchange, DnsAnswer answer, CancellationToken cancel)
    {
        if (dane.IsOn && !answer.IsSecure)
        {
            return [Finding.Warn("dane", $"{exchange} has TLSA records that DNSSEC does not prove, so senders leave them out", "sign the zone, or take the records out")];
        }

        var records = TlsaSet.Usable(answer.Records.OfType<TlsaRecord>().Take(MostRecords));
        if (records.IsEmpty)
        {
            return [Finding.Warn("dane", $"{exchange} has TLSA records, and none that mail can use (RFC 7672, section 3.1)", "publish 3 1 1 records of the certificates' keys")];
        }

        var findings = new List<Finding>();
        foreach (var report in (await calls.CallAsync(view, exchange, cancel)).Where(r => r.Capabilities is not null))
        {
            if (!Fits(report, records, view.Domain))
            {
                findings.Add(Finding.Fail("dane", $"{report.Name} does not fit the TLSA records of {exchange}: senders that validate DNSSEC do not deliver there", "publish 3 1 1 records of the keys that it uses, of every relay where the name is magic"));
            }
        }

        var proof = dane.IsOn ? "" : " (whether DNSSEC proves them was not checked: Dns:TrustAd is off)";
        return findings.Count > 0 ? findings : [Finding.Pass("dane", $"{exchange} has TLSA records, and its certificates fit{proof}")];
    }

    private bool Fits(ProbeReport report, IReadOnlyList<TlsaRecord> records, string domain)
    {
        if (report.Tls is not { Chain: [var own, ..] } tls)
        {
            return false;
        }

        using var certificate = X509CertificateLoader.LoadCertificate(own);
        var presented = new X509Certificate2Collection(tls.Chain.Select(der => X509CertificateLoader.LoadCertificate(der)).ToArray());
        try
        {
            return DaneCheck.Find(certificate, presented, records, [report.Host, domain], clock.GetUtcNow()) is not null;
        }
        finally
        {
            foreach (var shown in presented)
            {
                shown.Dispose();
            }
        }
    }
}
