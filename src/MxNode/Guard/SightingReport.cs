using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>The network's knowledge of an address, for programs: the guard's HTTP answer, and that of <c>ask</c>.</summary>
/// <param name="Address">The address asked for.</param>
/// <param name="Block">Its host block: the address, or its IPv6 /64.</param>
/// <param name="Relay">It is a relay of the network.</param>
/// <param name="Trusted">The trusted list holds it.</param>
/// <param name="Seen">The block tried to send through the network within about the last day.</param>
/// <param name="InTrustedBlock">The host is none of these, but its block holds a trusted host or a relay.</param>
/// <param name="MinutesUntilFree">Minutes until the relays take its next message, rounded up; 0: now.</param>
internal sealed record SightingReport(string Address, string Block, bool Relay, bool Trusted, bool Seen, bool InTrustedBlock, int MinutesUntilFree)
{
    public static SightingReport Of(IPAddress address, HostSighting sighting) => new(
        address.ToString(), IpBlock.Of(address).ToString(), sighting.Relay, sighting.Trusted, sighting.Seen, sighting.InTrustedBlock, (int)Math.Ceiling(sighting.PassesIn.TotalMinutes));
}
