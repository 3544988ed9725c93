using System.Net;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Divides <see cref="RelayOptions.MaxSessions"/> among the nodes of a cluster, so that a next hop sees one operator's sessions. A node without a cluster has none.</summary>
internal interface IHopShares
{
    /// <summary>The sessions that this node may have in use now. Never waits; may be called under a lock.</summary>
    /// <param name="endPoint">The next hop.</param>
    /// <param name="inUse">The node's sessions in use.</param>
    /// <param name="waiting">Transactions that wait for a session.</param>
    public int Of(IPEndPoint endPoint, int inUse, int waiting);

    /// <summary>
    /// A share was renewed. It may have grown, so transactions that wait may have a session; and the handler reports the present numbers by <see cref="Of"/>.
    /// Raised under no lock.
    /// </summary>
    public event Action<IPEndPoint>? Renewed;
}
