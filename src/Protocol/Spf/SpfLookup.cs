using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.Spf;

/// <summary>Asks the DNS for an SPF check.</summary>
/// <param name="name">Canonical form.</param>
/// <param name="type">The record type.</param>
/// <param name="cancel">Ends the wait.</param>
/// <returns>The records, none where there are none; null if the DNS did not answer.</returns>
public delegate ValueTask<IReadOnlyList<DnsRecord>?> SpfLookup(string name, DnsType type, CancellationToken cancel);
