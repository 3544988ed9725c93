using System.Globalization;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ClusterMember = ThrottleNet.Cluster.Members.ClusterMember;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The name of a silo, which says of which start of which node it is. The membership spreads it to all nodes.</summary>
internal static class SiloName
{
    private const char Separator = '|';
    private const string NoGateway = "-";

    public static string Of(NodeStart start) => string.Create(
        CultureInfo.InvariantCulture, $"{start.Name}{Separator}{start.Incarnation}{Separator}{start.Started}{Separator}{start.Gateway ?? NoGateway}");

    /// <summary>The name of the node.</summary>
    public static string NodeOf(string name) => name.Split(Separator)[0];

    /// <summary>The origin of the gateway's batches, as text; null for a silo of a node that is no gateway.</summary>
    public static string? GatewayOf(string name) => name.Split(Separator) is [_, _, _, var origin] && origin != NoGateway ? origin : null;

    /// <summary>The row of the view; null for a silo of another program.</summary>
    public static ClusterMember? Read(string name, SiloAddress address, SiloStatus status)
    {
        var parts = name.Split(Separator);
        if (parts.Length != 4
            || !ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var incarnation)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var started))
        {
            return null;
        }

        // The process may start another silo: the generation of the later one is higher. A silo that is dead does not live again.
        var isDead = status == SiloStatus.Dead;
        return new ClusterMember(
            new NodeId(parts[0], incarnation),
            (2 * (ulong)Math.Max(0, address.Generation)) + (isDead ? 1u : 0u) + 1,
            isDead ? MemberState.Dead : MemberState.Live,
            parts[3] != NoGateway,
            started);
    }
}
