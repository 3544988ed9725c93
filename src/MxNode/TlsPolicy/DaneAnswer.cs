using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>The outcome of a TLSA lookup.</summary>
/// <param name="Status">The kind of outcome.</param>
/// <param name="BaseDomain">The TLSA base domain: the name below which the records are, which the client sends as SNI (RFC 7672, section 2.2); "" for none.</param>
/// <param name="Records">The records that count; empty unless the status is Usable.</param>
internal sealed record DaneAnswer(DaneStatus Status, string BaseDomain, ImmutableArray<TlsaRecord> Records)
{
    public static readonly DaneAnswer None = new(DaneStatus.None, "", []);

    public static readonly DaneAnswer Failure = new(DaneStatus.Failure, "", []);
}
