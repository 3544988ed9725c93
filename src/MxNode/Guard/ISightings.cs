using System.Net;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Answers what the network knows of a host: from this node's memory, or by asking relays.</summary>
internal interface ISightings
{
    /// <summary>What the network knows of an address; null when that cannot be told now. Takes bounded time.</summary>
    public ValueTask<HostSighting?> AskAsync(IPAddress address, CancellationToken cancel);
}
