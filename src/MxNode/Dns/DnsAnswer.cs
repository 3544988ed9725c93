using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Dns;

/// <summary>What the DNS said.</summary>
/// <param name="Status">How it went.</param>
/// <param name="Records">The records of the asked kind at the end of the chain of aliases; empty unless it was a success.</param>
internal sealed record DnsAnswer(DnsStatus Status, ImmutableArray<DnsRecord> Records)
{
    public static readonly DnsAnswer NoData = new(DnsStatus.NoData, []);

    public static readonly DnsAnswer NameError = new(DnsStatus.NameError, []);

    public static readonly DnsAnswer Failure = new(DnsStatus.Failure, []);
}
