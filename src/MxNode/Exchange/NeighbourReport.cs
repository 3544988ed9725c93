namespace ThrottleNet.MxNode.Exchange;

/// <summary>A neighbour.</summary>
/// <param name="Address">The host:port that it announces; empty: none.</param>
/// <param name="OpenedBy">"us" or "them".</param>
/// <param name="State">"ready", or "joining" until both ends have said hello.</param>
/// <param name="SkewSeconds">Seconds by which its clock is ahead of this node's; negative: behind; null: not known, because it sent no counts since it linked or since a clock was set.</param>
internal sealed record NeighbourReport(string Name, string Operator, string Origin, string Address, string OpenedBy, string State, DateTimeOffset LastReceived, double? SkewSeconds = null)
{
    public const string Ready = "ready";

    /// <summary>Seconds from the publishing of its last batch to its counting here; null: none came yet.</summary>
    public double? LagSeconds { get; init; }

    /// <summary>Octets of frames sent to it since the link was opened.</summary>
    public long SentOctets { get; init; }

    /// <summary>Octets of frames received from it since the link was opened.</summary>
    public long ReceivedOctets { get; init; }

    /// <summary>The address that its call comes from; null when this node called.</summary>
    public string? CallsFrom { get; init; }

    /// <summary>The address that it sees this node's call come from; null when it called, or has not told.</summary>
    public string? SeesUsFrom { get; init; }

    /// <summary>Addresses that its mail leaves from, as it says.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>It has left the magic name, because destinations refuse it for its name.</summary>
    public bool LeftName { get; init; }

    /// <summary>The destinations that refuse it for its name.</summary>
    public IReadOnlyList<PeerNameRefusal> RefusedBy { get; init; } = [];
}
