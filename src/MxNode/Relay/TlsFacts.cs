using ThrottleNet.MxNode.TlsPolicy;

namespace ThrottleNet.MxNode.Relay;

/// <summary>How a session is encrypted, and what the next hop's certificate proves. Without a policy that demands it, none is required: the alternative would be plaintext (RFC 7435).</summary>
/// <param name="Protocol">"Tls13".</param>
/// <param name="CipherSuite">Its name in the IANA registry.</param>
/// <param name="CertificateProblem">What is wrong with the certificate; null if it is valid for <see cref="Name"/> by the public authorities.</param>
internal sealed record TlsFacts(string Protocol, string CipherSuite, string? CertificateProblem)
{
    /// <summary>The name that the certificate was checked for.</summary>
    public string Name { get; init; } = "";

    /// <summary>Why the certificate satisfies the TLSA records of the next hop; null if it was not checked by them, or does not.</summary>
    public DaneMatch? Dane { get; init; }

    /// <summary>What was reached, in a word: encrypted, trusted, dane.</summary>
    public string Word => Dane is not null ? "dane" : CertificateProblem is null ? "trusted" : "encrypted";
}
