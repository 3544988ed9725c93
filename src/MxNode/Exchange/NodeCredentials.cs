using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>This node's certificate and key, and the authority it accepts, as read from the three files at one moment. Immutable.</summary>
internal sealed record NodeCredentials(NetworkAuthority Authority, NodeIdentity Self, X509Certificate2 Certificate, SslStreamCertificateContext Context, ECDsa Key)
{
    /// <exception cref="CryptographicException">A file cannot be used, or the node's certificate is not of this network; the message says what to do.</exception>
    public static NodeCredentials Read(ExchangeOptions options, DateTimeOffset now)
    {
        var (pem, key) = (options.Certificate!, options.Key!);
        var authority = Expect(options.Authority!, () => NetworkAuthority.Read(options.Authority!));
        var certificate = Expect(pem, () => X509Certificate2.CreateFromPemFile(pem, key));
        var self = NodeIdentity.Of(certificate)
            ?? throw new CryptographicException($"{pem}: names no operator (O) and node (CN), or its key is not of P-256; make it with pki issue");

        // The clock may not be set yet. Then the certificate is checked as of its first moment, and serves once the clock is right.
        var from = new DateTimeOffset(certificate.NotBefore);
        if (authority.Reject(certificate, now < from ? from : now, NetworkAuthority.ClientUse) is { } reason)
        {
            throw new CryptographicException($"{pem}: {reason}; issue a new one (pki issue), or name its authority in Exchange:Authority");
        }

        var context = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        return new NodeCredentials(authority, self, certificate, context, certificate.GetECDsaPrivateKey()!);
    }

    /// <summary>Why <see cref="Read"/> would fail, whatever the time is; null if it would not.</summary>
    public static string? WhatIsWrong(ExchangeOptions options)
    {
        try
        {
            Read(options, DateTimeOffset.MinValue);
            return null;
        }
        catch (CryptographicException e)
        {
            return e.Message;
        }
    }

    private static T Expect<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CryptographicException($"{file}: cannot be used ({e.Message.TrimEnd('.')}); make it with the pki command", e);
        }
    }
}
