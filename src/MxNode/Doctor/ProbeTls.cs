using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>A TLS session with a mail server, and the certificate that it showed for the name it was asked for.</summary>
/// <param name="Protocol">"Tls13".</param>
/// <param name="Chain">The certificates that it sent, its own first, in DER.</param>
/// <param name="Names">The DNS names in its certificate, or the common name where it has none. Empty where they cannot be read.</param>
/// <param name="Expires">The end of its validity.</param>
/// <param name="Problem">What a client that demands a valid certificate for the name would refuse it for; null: nothing.</param>
internal sealed record ProbeTls(string Protocol, IReadOnlyList<byte[]> Chain, IReadOnlyList<string> Names, DateTimeOffset Expires, string? Problem)
{
    // A certificate may have thousands of names.
    private const int MostNames = 5;

    /// <summary>The names, for people.</summary>
    public string NamesText => Names.Count == 0 ? "no name" : string.Join(", ", Names.Take(MostNames)) + (Names.Count > MostNames ? $" and {Names.Count - MostNames} more" : "");

    /// <param name="stream">The session after its handshake.</param>
    /// <param name="errors">What the handshake found wrong with the certificate.</param>
    /// <param name="sent">The certificates that came with it.</param>
    /// <param name="now">The time.</param>
    public static ProbeTls Of(SslStream stream, SslPolicyErrors errors, IReadOnlyList<byte[]> sent, DateTimeOffset now)
    {
        using var certificate = new X509Certificate2(stream.RemoteCertificate!);
        return new ProbeTls(
            stream.SslProtocol.ToString(),
            sent,
            CertificateNames.Of(certificate),
            certificate.NotAfter,
            ProblemOf(errors, certificate, now));
    }

    private static string? ProblemOf(SslPolicyErrors errors, X509Certificate2 certificate, DateTimeOffset now) => errors switch
    {
        SslPolicyErrors.None => null,
        _ when certificate.NotAfter < now.LocalDateTime => "it has expired",
        _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => "it is for other names",
        _ when certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) => "it is self-signed",
        _ => "its issuer is not trusted on this machine",
    };
}
