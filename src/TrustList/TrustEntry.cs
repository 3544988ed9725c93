using System.Net;

namespace ThrottleNet.TrustList;

/// <summary>Whether an entry gives trust, or takes it away from a part of a wider one.</summary>
public enum TrustStanding : byte
{
    Trusted,
    Suspended,
    Revoked,
}

/// <summary>One row of the list as it is looked up: a network and what is known of it.</summary>
public sealed record TrustEntry
{
    /// <summary>The addresses meant. An IPv4-mapped network is its IPv4 network once indexed.</summary>
    public required IPNetwork Network { get; init; }

    /// <summary>The host name that was enrolled, where the address was found through DNS; else null.</summary>
    public string? HostName { get; init; }

    public TrustStanding Standing { get; init; }

    public TrustKind Kind { get; init; } = TrustKind.Site;

    public string Organisation { get; init; } = "";

    /// <summary>Recipients an hour up to which the trust holds; null is without limit.</summary>
    public int? RatePerHour { get; init; }

    /// <summary>The moment from which the entry no longer counts; null is never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The id of the key that vouches for it; empty for the node's own configuration.</summary>
    public string Author { get; init; } = "";

    /// <summary>What was enrolled, as people write it.</summary>
    public string Subject => HostName ?? Network.ToString();
}
