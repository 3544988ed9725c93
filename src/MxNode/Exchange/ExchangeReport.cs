namespace ThrottleNet.MxNode.Exchange;

/// <summary>The exchange as this node sees it; the answer of /api/peers.</summary>
/// <param name="Network">The CN of the authority's certificate; null for a node without an exchange, whose other values are empty.</param>
/// <param name="Alone">Whether the node has no neighbour, and so judges by its own counts.</param>
internal sealed record ExchangeReport(string? Network, string Name, string Operator, string Origin, ulong Epoch, DateTimeOffset? CertificateUntil, bool Alone, IReadOnlyList<NeighbourReport> Peers)
{
    /// <summary>The same of the other nodes of the cluster that have links with other operators; empty without a cluster.</summary>
    public IReadOnlyList<ExchangeReport> Gateways { get; init; } = [];

    /// <summary>The other nodes of the cluster that did not answer, by name; their links are not known.</summary>
    public IReadOnlyList<string> Silent { get; init; } = [];

    /// <summary>The report of a node without an exchange.</summary>
    public static ExchangeReport None { get; } = new(null, "", "", "", 0, null, Alone: true, []);
}
