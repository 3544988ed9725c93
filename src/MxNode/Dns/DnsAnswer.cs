using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>The outcome of a DNS question.</summary>
/// <param name="Status">The kind of outcome.</param>
/// <param name="Records">The records of the asked type at the end of the chain of aliases; empty unless the status is Success.</param>
internal sealed record DnsAnswer(DnsStatus Status, ImmutableArray<DnsRecord> Records)
{
    /// <summary>
    /// A validating resolver that <see cref="DnsOptions.TrustAd"/> trusts has proved the whole answer by DNSSEC, aliases included (the AD bit; RFC 4035,
    /// section 3.2.3).
    /// </summary>
    public bool IsSecure { get; init; }

    public static readonly DnsAnswer NoData = new(DnsStatus.NoData, []);

    public static readonly DnsAnswer NameError = new(DnsStatus.NameError, []);

    public static readonly DnsAnswer Failure = new(DnsStatus.Failure, []);
}
