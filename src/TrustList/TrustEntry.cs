using System.Net;

namespace ThrottleNet.TrustList;

/// <summary>Whether an entry gives trust, or takes it from a part of a wider entry.</summary>
public enum TrustStanding : byte
{
    Trusted,
    Suspended,
    Revoked,
}

/// <summary>One row of the list, as the index returns it: a network and its fields.</summary>
public sealed record TrustEntry
{
    /// <summary>The network. The index turns an IPv4-mapped network into its IPv4 network.</summary>
    public required IPNetwork Network { get; init; }

    /// <summary>The enrolled host name, where the DNS gave the address; otherwise null.</summary>
    public string? HostName { get; init; }

    public TrustStanding Standing { get; init; }

    public TrustKind Kind { get; init; } = TrustKind.Site;

    public string Organisation { get; init; } = "";

    /// <summary>The trusted quota, in recipients an hour; null: no limit.</summary>
    public int? RatePerHour { get; init; }

    /// <summary>The time from which the entry no longer counts; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The id of the key that signed it; empty for an entry of the node's own configuration.</summary>
    public string Author { get; init; } = "";

    /// <summary>The subject as text.</summary>
    public string Subject => HostName ?? Network.ToString();
}
