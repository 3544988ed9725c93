using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ThrottleNet.MxNode.Pki;

/// <summary>The host names that a server's certificate is for (RFC 6125, section 6.4).</summary>
internal static class CertificateNames
{
    private const string CommonName = "2.5.4.3";

    /// <summary>Its DNS names in lower case; the common name where it has none. Empty where they cannot be read.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        try
        {
            var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames()).ToList();
            return names.Count > 0
                ? names.ConvertAll(name => name.ToLowerInvariant())
                : [.. certificate.SubjectName.EnumerateRelativeDistinguishedNames()
                    .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
                    .Select(part => part.GetSingleElementValue()?.ToLowerInvariant()).OfType<string>()];
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    /// <summary>Whether one of a certificate's names is this host's. A wildcard stands for the whole first label and no other.</summary>
    /// <param name="names">From <see cref="Of"/>.</param>
    /// <param name="host">In lower case.</param>
    public static bool Match(IEnumerable<string> names, string host)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return names.Any(name => name == host || (dot > 0 && name.StartsWith("*.", StringComparison.Ordinal) && name.AsSpan(1).SequenceEqual(host.AsSpan(dot))));
    }
}
