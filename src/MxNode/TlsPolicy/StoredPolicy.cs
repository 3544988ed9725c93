using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>A domain's policy as it was fetched.</summary>
/// <param name="Domain">Canonical.</param>
/// <param name="Id">The id that the domain's TXT record had then.</param>
/// <param name="Policy">The policy.</param>
/// <param name="FetchedAt">When it was fetched.</param>
internal sealed record StoredPolicy(string Domain, string Id, MtaStsPolicy Policy, DateTimeOffset FetchedAt)
{
    /// <summary>From then on the policy is not in force.</summary>
    public DateTimeOffset Expires => FetchedAt + Policy.MaxAge;
}
