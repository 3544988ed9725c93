using System.Net;

namespace ThrottleNet.MxNode.Guard;

/// <summary>What the network knows of a host.</summary>
/// <param name="Seen">It tried to send by the network within about the last day.</param>
/// <param name="Trusted">The trusted list holds it.</param>
/// <param name="Node">It is a relay of the network.</param>
internal readonly record struct HostSighting(bool Seen, bool Trusted, bool Node);

/// <summary>Who can tell what the network knows: this node, or other processes.</summary>
internal interface ISightings
{
    /// <summary>What the network knows of an address; null when nobody can tell now. Takes bounded time.</summary>
    public ValueTask<HostSighting?> AskAsync(IPAddress address, CancellationToken cancel);
}
