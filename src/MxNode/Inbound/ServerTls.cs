using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.Protocol.Tls;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>One certificate of STARTTLS, and what a handshake with it needs.</summary>
internal sealed class ServerTls
{
    private readonly IReadOnlyList<string> _names;
    private readonly SslServerAuthenticationOptions _options;
    private readonly SslServerAuthenticationOptions _withoutTls13;

    /// <param name="certificate">With its key.</param>
    /// <param name="chain">The certificates above it.</param>
    public ServerTls(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        _names = CertificateNames.Of(certificate);
        Certificate = certificate;
        var context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        _options = CreateOptions(context, SslProtocols.Tls12 | SslProtocols.Tls13);
        _withoutTls13 = CreateOptions(context, SslProtocols.Tls12);
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>
    /// What a handshake with a client needs. In TLS 1.3 OpenSSL sends session tickets to every client, and some clients that did not ask for one, Outlook among
    /// them, break off then (RFC 8446, section 4.2.9). Such a client gets TLS 1.2, where there is no ticket.
    /// </summary>
    /// <param name="hello">What the client offers.</param>
    public SslServerAuthenticationOptions OptionsFor(ClientHello hello) => hello is { OffersTls12: true, OffersTls13: true, HasPskModes: false } ? _withoutTls13 : _options;

    /// <summary>Whether the certificate is for a host name, in lower case.</summary>
    public bool IsFor(string host) => CertificateNames.Match(_names, host);

    // Without resumption a ticket that a client has got leads to a full handshake; mail servers send many messages in a session.
    private static SslServerAuthenticationOptions CreateOptions(SslStreamCertificateContext context, SslProtocols protocols) => new()
    {
        ServerCertificateContext = context,
        EnabledSslProtocols = protocols,
        CipherSuitesPolicy = OperatingSystem.IsLinux() ? Intermediate() : null,
        AllowTlsResume = false,
        AllowRenegotiation = false,
    };

    // Mozilla's "intermediate" profile, version 5.7, without its DHE suites: the framework has no parameters for them.
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    private static CipherSuitesPolicy Intermediate() => new(
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);
}
