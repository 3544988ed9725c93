using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The zones whose answers this network's nodes make themselves: asking the DNS for them would be asking oneself.</summary>
internal sealed record ServedZones(ImmutableArray<string> Names)
{
    /// <summary>Whether a canonical name is one of them or lies under one.</summary>
    public bool Hold(string name) => Names.Any(zone => DnsName.IsAtOrUnder(name, zone));
}
