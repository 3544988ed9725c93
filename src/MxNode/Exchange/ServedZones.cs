using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The zones that this network's nodes serve. Names in them are not looked up in the DNS, since the question would come back to this node.</summary>
internal sealed record ServedZones(ImmutableArray<string> Names)
{
    /// <summary>Whether a canonical name is one of them or lies under one.</summary>
    public bool Hold(string name) => Names.Any(zone => DnsName.IsAtOrUnder(name, zone));
}
