using System.Net;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>What the DNS says of a host that an MX record names.</summary>
/// <param name="Name">The host's name.</param>
/// <param name="Addresses">Its A and AAAA records.</param>
internal sealed record HostFacts(string Name, IReadOnlyList<AddressRecord> Addresses)
{
    /// <summary>The name that it is an alias of; null if it is none.</summary>
    public string? Alias { get; init; }

    /// <summary>False: the DNS says that the name does not exist.</summary>
    public bool Exists { get; init; } = true;

    /// <summary>False: the DNS did not answer for one of the families.</summary>
    public bool IsComplete { get; init; } = true;

    /// <summary>The outcome of this node's own lookup.</summary>
    public HopLookup Lookup { get; init; }

    /// <summary>Where this node would call it.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; init; } = [];
}
