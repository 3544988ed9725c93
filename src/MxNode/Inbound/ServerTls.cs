using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>One certificate of STARTTLS, and what a handshake with it needs.</summary>
internal sealed class ServerTls
{
    private readonly IReadOnlyList<string> _names;

    /// <param name="certificate">With its key.</param>
    /// <param name="chain">The certificates above it.</param>
    public ServerTls(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        _names = CertificateNames.Of(certificate);
        Certificate = certificate;
        Options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = OperatingSystem.IsLinux() ? Intermediate() : null,

            // Some clients, Outlook among them, break off when a session ticket comes that they did not ask for (RFC 8446, section 4.2.9). Which ones
            // can use it cannot be told here, so there is none; mail servers send many messages in a session.
            AllowTlsResume = false,
            AllowRenegotiation = false,
        };
    }

    public X509Certificate2 Certificate { get; }

    public SslServerAuthenticationOptions Options { get; }

    /// <summary>Whether the certificate is for a host name, in lower case.</summary>
    public bool IsFor(string host) => CertificateNames.Match(_names, host);

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
