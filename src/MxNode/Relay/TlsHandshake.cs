using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.TlsPolicy;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// One TLS handshake with a next hop, and what the next hop's certificate proves. No certificate makes the handshake itself fail: without a demand the
/// alternative would be plaintext (RFC 7435).
/// </summary>
/// <param name="host">The mail exchanger's name.</param>
/// <param name="demand">What its certificate has to prove.</param>
/// <param name="anchors">The public authorities.</param>
/// <param name="clock">The dates of certificates are compared with its time where DANE-TA counts.</param>
internal sealed class TlsHandshake(string host, TlsDemand demand, TrustAnchors anchors, TimeProvider clock)
{
    private string? _problem;
    private DaneMatch? _dane;

    /// <summary>The name that is sent as SNI and looked for in the certificate; with DANE it is the TLSA base domain (RFC 7672, section 8.1).</summary>
    public string Name { get; } = demand.Kind == TlsDemandKind.Dane ? demand.Dane.BaseDomain : host;

    /// <summary>What the handshake needs.</summary>
    public SslClientAuthenticationOptions CreateOptions() => new()
    {
        TargetHost = Name,

        // A demand is met by the certificate of this handshake, and not by that of an earlier session.
        AllowTlsResume = !demand.NeedsTls,
        EnabledSslProtocols = demand.NeedsTls ? SslProtocols.Tls12 | SslProtocols.Tls13 : SslProtocols.None,
        CertificateChainPolicy = anchors.CreatePolicy(),
        RemoteCertificateValidationCallback = Look,
    };

    /// <summary>The outcome of the handshake.</summary>
    /// <param name="tls">The stream after it.</param>
    public TlsFacts Facts(SslStream tls) => new(tls.SslProtocol.ToString(), tls.NegotiatedCipherSuite.ToString(), _problem) { Name = Name, Dane = _dane };

    private bool Look(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _problem = errors == SslPolicyErrors.None ? null : errors.ToString();
        if (certificate is not X509Certificate2 shown)
        {
            return false;
        }

        if (demand.Kind == TlsDemandKind.Dane)
        {
            _dane = DaneCheck.Find(shown, chain?.ChainPolicy.ExtraStore ?? [], demand.Dane.Records, demand.Names, clock.GetUtcNow());
        }

        return true;
    }
}
