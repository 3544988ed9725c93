using System.Net;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Divides <see cref="RelayOptions.MaxSessions"/> among the nodes of a cluster, so that a next hop sees one operator's sessions. A node without a cluster has none.</summary>
internal interface IHopShares
{
    /// <summary>The sessions with a next hop that this node may have in use now. Never waits; may be called under a lock.</summary>
    public int Of(IPEndPoint endPoint);

    /// <summary>The numbers of a next hop changed. Never waits; may be called under a lock.</summary>
    /// <param name="endPoint">The next hop.</param>
    /// <param name="inUse">The node's sessions in use.</param>
    /// <param name="wanted">The share with which no transaction would wait.</param>
    public void Report(IPEndPoint endPoint, int inUse, int wanted);

    /// <summary>A share was renewed. It may have grown, so transactions that wait may have a session. Raised under no lock.</summary>
    public event Action<IPEndPoint>? Renewed;
}
