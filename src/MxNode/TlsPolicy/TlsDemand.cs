namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>What TLS a session with a mail exchanger must have, and why.</summary>
/// <param name="Kind">The demand.</param>
internal sealed record TlsDemand(TlsDemandKind Kind)
{
    public static readonly TlsDemand Opportunistic = new(TlsDemandKind.Opportunistic);

    /// <summary>The records that the certificate must match; <see cref="DaneAnswer.None"/> unless the kind is Dane.</summary>
    public DaneAnswer Dane { get; init; } = DaneAnswer.None;

    /// <summary>The names of which the certificate must have one where a record is of DANE-TA (RFC 7672, section 3.2).</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Why the mail exchanger may not be used; null unless the kind is Refused.</summary>
    public string? Fault { get; init; }

    /// <summary>The DNS did not answer, so that the same mail exchanger may be used later.</summary>
    public bool IsDnsFault { get; init; }

    /// <summary>A policy in mode testing would demand a trusted certificate, and would refuse the mail exchanger if <see cref="TestedFault"/> says why.</summary>
    public bool IsTested { get; init; }

    /// <inheritdoc cref="IsTested"/>
    public string? TestedFault { get; init; }

    /// <summary>Plaintext is out of the question.</summary>
    public bool NeedsTls => Kind != TlsDemandKind.Opportunistic;

    /// <summary>The demand in a word, for logs and metrics: none, testing, encrypted, mta-sts, dane, refused.</summary>
    public string Word => Kind switch
    {
        TlsDemandKind.Dane => "dane",
        TlsDemandKind.Trusted => "mta-sts",
        TlsDemandKind.Encrypted => "encrypted",
        TlsDemandKind.Refused => "refused",
        _ => IsTested ? "testing" : "none",
    };
}
