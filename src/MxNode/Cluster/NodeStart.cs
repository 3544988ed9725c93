using ThrottleNet.Cluster;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ClusterMember = ThrottleNet.Cluster.Members.ClusterMember;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The starts of this node in its cluster. Incarnations rise with each, also after a loss of the file and a change of the clock.</summary>
/// <param name="settings">The cluster's.</param>
/// <param name="instance">The node's name.</param>
/// <param name="file">The incarnation on disk.</param>
/// <param name="clock">The time at which it joins.</param>
/// <param name="gateway">Its exchange with other operators; null for none.</param>
internal sealed class NodeStart(ClusterSettings settings, NodeInstance instance, EpochFile file, CountingClock clock, GatewayOrder? gateway = null)
{
    private readonly long _started = clock.Now;

    public ClusterSettings Settings => settings;

    public string Name => instance.Name;

    /// <summary>Whether the node has links with other operators.</summary>
    public bool IsGateway => gateway is not null;

    /// <summary>The origin of its batches in the exchange, as text; null for a node that is no gateway.</summary>
    public string? Gateway => gateway?.Origin;

    /// <summary>The incarnation of the last start; 0 before the first.</summary>
    public ulong Incarnation { get; private set; }

    /// <summary>When this process joined, milliseconds since 1970.</summary>
    public long Started => _started;

    /// <summary>Begins a start, which is stored before anything is said under it.</summary>
    /// <exception cref="StartException">It cannot be stored.</exception>
    public (NodeId Self, ClusterMember Row) Next()
    {
        try
        {
            Incarnation = file.Next();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"{file.Path} cannot be written ({e.Message.TrimEnd('.')}); the cluster counts this node's starts in this file", e);
        }

        var self = new NodeId(Name, Incarnation);
        return (self, new ClusterMember(self, 0, MemberState.Live, IsGateway, _started));
    }
}
