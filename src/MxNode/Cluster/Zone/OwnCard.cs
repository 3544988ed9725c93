using System.Net;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster.Zone;

/// <summary>
/// Writes this node's card. A gateway's hosts are those of its certificate. Any other node has its host name, and the addresses of <c>Smtp:Listen</c>
/// that are not wildcards: one that listens on wildcards only is not in the magic name.
/// </summary>
internal sealed class OwnCard(NodeStart start, NodeInstance instance, BoundEndPoints bound, RelayOptions relay, ClusterStatus status, OwnAltNames? certificate = null)
{
    private bool _wasReady;

    public string Node => start.Name;

    /// <param name="serves">The node has started and is not stopping.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public NodeCard Write(bool serves, long now)
    {
        // The order of some shards is not valid for a second when a node comes or goes.
        _wasReady |= serves && status.Settled == start.Settings.Shards;
        var smtp = bound.Of(Listener.Smtp);
        var hosts = certificate?.IfRelay.FirstOrDefault();
        var listened = smtp.Select(e => e.Address).Where(a => !a.Equals(IPAddress.Any) && !a.Equals(IPAddress.IPv6Any));
        var names = hosts is null ? smtp.Count > 0 ? [instance.HostName] : [] : hosts.Names.AsEnumerable();
        var sources = relay.SourceAddresses.Concat(hosts is null ? [] : hosts.Egress);
        return new NodeCard(
            start.Name, start.Incarnation, now, serves && _wasReady, certificate?.LeftName ?? false,
            Texts(hosts is { Addresses.IsEmpty: false } ? hosts.Addresses : listened), [.. names], Texts(sources));
    }

    private static IReadOnlyList<string> Texts(IEnumerable<IPAddress> addresses) =>
        [.. addresses.Distinct().Select(a => a.ToString()).Order(StringComparer.Ordinal).Take(SubjectAltNames.Most)];
}
