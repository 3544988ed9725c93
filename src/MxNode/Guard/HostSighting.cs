namespace ThrottleNet.MxNode.Guard;

/// <summary>The network's knowledge of a host.</summary>
/// <param name="Seen">The host block tried to send through the network within about the last day.</param>
/// <param name="Trusted">The trusted list holds the address.</param>
/// <param name="Relay">The address belongs to a relay of the network.</param>
/// <param name="InTrustedBlock">The host is none of these, but its block (an IPv6 /64) holds a trusted host or a relay.</param>
/// <param name="PassesIn">The time until the relays take the host's next message, if it sends none before. Zero: now.</param>
internal readonly record struct HostSighting(bool Seen, bool Trusted, bool Relay, bool InTrustedBlock = false, TimeSpan PassesIn = default)
{
    /// <summary>Whether the network has nothing to say of the host or its block.</summary>
    public bool IsStranger => this is { Seen: false, Trusted: false, Relay: false, InTrustedBlock: false };
}
