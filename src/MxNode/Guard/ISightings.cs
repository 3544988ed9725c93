using System.Net;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Answers what the network knows of a host: from this node's memory, or by asking relays.</summary>
internal interface ISightings
{
    /// <summary>Asks what the network knows of an address; null when that is unknown now. Takes bounded time.</summary>
    public ValueTask<HostSighting?> AskAsync(IPAddress address, CancellationToken cancel);

    /// <summary>Tells the network that an unknown host came to the destination directly. Never waits.</summary>
    public void Report(IPAddress address);
}
