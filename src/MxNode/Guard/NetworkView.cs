using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Guard;

/// <summary>This node's knowledge of the network's other nodes. On a node without an exchange all three are null, and it knows of no other node.</summary>
/// <param name="exchange">Shows whether the node has joined.</param>
/// <param name="gate">Shows whether all peers are unreachable.</param>
/// <param name="nodes">The nodes' addresses.</param>
internal sealed class NetworkView(ExchangeStatus? exchange = null, HoldGate? gate = null, LiveNodes? nodes = null)
{
    /// <summary>Whether reports of other nodes arrive. A node that looks for its peers, or has lost them, cannot say that no node saw a host.</summary>
    public bool HearsOthers => exchange is null || (exchange.IsReady && !(exchange.SeeksPeers && gate!.IsAlone));

    /// <summary>Whether a relay that is up, or was up before, has the address.</summary>
    public bool IsRelay(IPAddress address) => nodes?.Knows(address) == true;

    /// <summary>Whether such a relay has an address in the host block.</summary>
    public bool HasRelayIn(IpBlock block) => nodes?.KnowsIn(block) == true;
}
