using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;
using Wire = ThrottleNet.Protocol.Relay.Wire;

namespace ThrottleNet.MxNode.Egress;

/// <summary>Converts notes to messages of relay.proto and back. Whatever a peer sends beyond the limits, or malformed, is left out.</summary>
internal static class NoteWire
{
    /// <summary>Octets of a message.</summary>
    public const int MaxNote = 16 * 1024;

    /// <summary>The most addresses in a note: a gateway names those of all nodes of its cluster. Nodes of before read the first 16.</summary>
    public const int MostSources = 256;

    private const int MostRefusals = 8;

    /// <param name="sources">Addresses that this node's mail leaves from.</param>
    /// <param name="seenFrom">Where the peer's call came from; null: this node called.</param>
    /// <param name="leftName">This node has left the magic name.</param>
    /// <param name="refusals">Destinations that refuse it for its name.</param>
    public static Wire.RelayNote Write(IEnumerable<IPAddress> sources, IPAddress? seenFrom, bool leftName, IEnumerable<NameRefusal> refusals) => new()
    {
        Sources = { sources.Take(MostSources).Select(Write) },
        SeenFrom = seenFrom is null ? ByteString.Empty : Write(seenFrom.Unmapped()),
        LeftName = leftName,
        Refusals =
        {
            refusals.Where(refusal => HostNames.IsCanonical(refusal.Host) || IPAddress.TryParse(refusal.Host, out _))
                .OrderByDescending(refusal => refusal.Count).ThenBy(refusal => refusal.Host, StringComparer.Ordinal).Take(MostRefusals)
                .Select(refusal => new Wire.NameRefusal { Host = refusal.Host, List = refusal.List ?? "", Count = (ulong)refusal.Count }),
        },
    };

    public static PeerNote Read(Wire.RelayNote note) => new(
        [.. note.Sources.Take(MostSources).Select(Read).OfType<IPAddress>().Where(IsOfHost).Distinct()],
        Read(note.SeenFrom),
        note.LeftName,
        [
            .. note.Refusals.Take(MostRefusals).Where(refusal => HostNames.IsCanonical(refusal.Host) || IPAddress.TryParse(refusal.Host, out _))
                .Select(refusal => new PeerNameRefusal(refusal.Host, HostNames.IsCanonical(refusal.List) ? refusal.List : null, (long)Math.Min(refusal.Count, long.MaxValue))),
        ]);

    private static ByteString Write(IPAddress address) => ByteString.CopyFrom(address.GetAddressBytes());

    private static IPAddress? Read(ByteString address) => address.Length is 4 or 16 ? new IPAddress(address.Span).Unmapped() : null;

    private static bool IsOfHost(IPAddress address) =>
        !IPAddress.IsLoopback(address) && !address.IsIPv6Multicast && !address.Equals(IPAddress.IPv6Any)
        && (address.AddressFamily != AddressFamily.InterNetwork || address.GetAddressBytes()[0] is > 0 and < 224);
}
