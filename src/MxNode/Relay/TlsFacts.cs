namespace ThrottleNet.MxNode.Relay;

/// <summary>How a session is encrypted. The certificate is looked at, never required: the alternative would be plaintext (RFC 7435).</summary>
/// <param name="Protocol">"Tls13".</param>
/// <param name="CipherSuite">Its name in the IANA registry.</param>
/// <param name="CertificateProblem">What is wrong with the certificate; null if it is good for the host's name.</param>
internal sealed record TlsFacts(string Protocol, string CipherSuite, string? CertificateProblem);
