using System.Net;
using System.Net.NetworkInformation;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// The addresses of this machine and of this node. A mail server on this machine names one of them as its own for every client. Thread-safe.
/// </summary>
/// <param name="read">Gives the addresses; called once a second at most.</param>
/// <param name="mail">The endpoints at which this node itself takes mail.</param>
/// <param name="time">The clock.</param>
internal sealed class OwnAddresses(Func<IEnumerable<IPAddress>> read, IReadOnlyList<IPEndPoint> mail, TimeProvider time)
{
    private const int SmtpPort = 25;

    /// <summary>How long the addresses are used before they are read again: an address may move here while the node runs.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private volatile Reading? _last;

    public bool Holds(IPAddress address)
    {
        if (_last is not { } last || time.GetElapsedTime(last.At) >= Fresh)
        {
            _last = last = new Reading([.. read().Select(Plain)], time.GetTimestamp());
        }

        return last.Addresses.Contains(Plain(address));
    }

    /// <summary>
    /// Whether this node is the server at port 25 of the address. Listening on a wildcard does not count: in a container the node may
    /// have the same private address as a mail server elsewhere.
    /// </summary>
    public bool TakesMailAt(IPAddress address) => mail.Any(e => e.Port == SmtpPort && Plain(e.Address).Equals(Plain(address)));

    /// <summary>The addresses of the machine's interfaces, whether they are up or not.</summary>
    public static IEnumerable<IPAddress> OfInterfaces() =>
        NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(u => u.Address);

    // Without the scope id of a link-local address, which mail servers do not give.
    private static IPAddress Plain(IPAddress address) => new(address.Unmapped().GetAddressBytes());

    private sealed record Reading(HashSet<IPAddress> Addresses, long At);
}
