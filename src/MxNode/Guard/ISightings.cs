using System.Net;

namespace ThrottleNet.MxNode.Guard;

/// <summary>What the network knows of a host.</summary>
/// <param name="Seen">It tried to send by the network within about the last day.</param>
/// <param name="Trusted">The trusted list holds it.</param>
/// <param name="Node">It is a relay of the network.</param>
/// <param name="TrustedNeighbour">It is none of these, but its block (an IPv6 /64) holds a trusted host or a relay.</param>
internal readonly record struct HostSighting(bool Seen, bool Trusted, bool Node, bool TrustedNeighbour = false);

/// <summary>Who can tell what the network knows: this node, or other processes.</summary>
internal interface ISightings
{
    /// <summary>What the network knows of an address; null when nobody can tell now. Takes bounded time.</summary>
    public ValueTask<HostSighting?> AskAsync(IPAddress address, CancellationToken cancel);
}
