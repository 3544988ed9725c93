using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>The outcome of an attempt to fetch a domain's policy.</summary>
/// <param name="Policy">The policy; null if none was had.</param>
/// <param name="Fault">Why not, in words; null if one was had.</param>
internal sealed record MtaStsFetch(MtaStsPolicy? Policy, string? Fault);
