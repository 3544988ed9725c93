using System.Collections.Immutable;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The DNS zones that this network's nodes answer themselves: a node does not look names up in them, since it would ask itself.</summary>
internal sealed record ServedZones(ImmutableArray<string> Names)
{
    /// <summary>Whether a canonical name is one of these zones or lies under one.</summary>
    public bool Hold(string name) => Names.Any(zone => DnsName.IsAtOrUnder(name, zone));
}
