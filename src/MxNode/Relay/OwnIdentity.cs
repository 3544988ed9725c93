using System.Collections.Frozen;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// This node's name and addresses. It says the name in EHLO; the listening addresses keep it from calling itself; by the addresses that its
/// mail leaves from it recognises refusals that are about it.
/// </summary>
internal sealed class OwnIdentity(string hostName)
{
    private volatile FrozenSet<IPEndPoint> _listening = FrozenSet<IPEndPoint>.Empty;

    /// <summary>This node's canonical host name.</summary>
    public string HostName { get; } = hostName;

    /// <summary>Addresses that this node's mail leaves from, as far as they are known beside those of its sockets: behind NAT a next hop sees another one.</summary>
    public IReadOnlyCollection<IPAddress> Sources { get; set => Volatile.Write(ref field, value); } = [];

    /// <summary>Sets where the node listens for mail, once that is known; a wildcard stands for every address of this machine.</summary>
    public void ListensOn(IEnumerable<IPEndPoint> endPoints) =>
        _listening = endPoints.SelectMany(EveryAddress).ToFrozenSet();

    /// <summary>True when a connection there would come back to this node.</summary>
    public bool Is(IPEndPoint hop) =>
        _listening.Contains(hop)
        || (IPAddress.IsLoopback(hop.Address) && _listening.Contains(new IPEndPoint(Any(hop.AddressFamily), hop.Port)));

    private static IEnumerable<IPEndPoint> EveryAddress(IPEndPoint endPoint)
    {
        yield return endPoint;
        if (!endPoint.Address.Equals(Any(endPoint.AddressFamily)))
        {
            yield break;
        }

        // A socket on :: takes IPv4 connections as well.
        var families = endPoint.AddressFamily == AddressFamily.InterNetworkV6
            ? new[] { AddressFamily.InterNetworkV6, AddressFamily.InterNetwork }
            : [AddressFamily.InterNetwork];
        foreach (var family in families)
        {
            yield return new IPEndPoint(Any(family), endPoint.Port);
        }

        foreach (var unicast in NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses))
        {
            if (families.Contains(unicast.Address.AddressFamily))
            {
                yield return new IPEndPoint(unicast.Address, endPoint.Port);
            }
        }
    }

    private static IPAddress Any(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
}
