using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Mutual TLS between nodes. Sessions are not resumed: a resumed session would present an old certificate.</summary>
internal sealed class ExchangeTls(CredentialStore credentials, PeerAdmission admission, TimeProvider time)
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>A handshake that takes longer has failed.</summary>
    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>For a listening endpoint; each handshake uses the current credentials.</summary>
    public TlsHandshakeCallbackOptions ForServer() => new()
    {
        HandshakeTimeout = HandshakeTimeout,
        OnConnection = connection => ValueTask.FromResult(ServerOptions(connection.Connection.RemoteEndPoint is IPEndPoint peer ? IpBlock.Of(peer.Address).ToString() : "unknown")),
    };

    /// <param name="names">One of these must be in the server's certificate.</param>
    /// <param name="accepted">Gets the server's certificate when it was accepted.</param>
    public SslClientAuthenticationOptions ForClient(string[] names, Action<X509Certificate2> accepted)
    {
        var current = credentials.Current();
        return new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = Protocols,
            AllowTlsResume = false,
            ClientCertificateContext = current.Context,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = current.Authority.Policy(time.GetUtcNow(), NetworkAuthority.ServerUse),
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                if (!admission.Accepts(certificate as X509Certificate2, names[0], NetworkAuthority.ServerUse, names))
                {
                    return false;
                }

                accepted(X509CertificateLoader.LoadCertificate(certificate!.GetRawCertData()));
                return true;
            },
        };
    }

    private SslServerAuthenticationOptions ServerOptions(string peer)
    {
        var current = credentials.Current();
        return new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = Protocols,
            AllowTlsResume = false,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            ServerCertificateContext = current.Context,
            ClientCertificateRequired = true,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = current.Authority.Policy(time.GetUtcNow(), NetworkAuthority.ClientUse),
            RemoteCertificateValidationCallback = (_, certificate, _, _) => admission.Accepts(certificate as X509Certificate2, peer, NetworkAuthority.ClientUse),
        };
    }
}
