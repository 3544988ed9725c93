namespace ThrottleNet.MxNode.Exchange;

/// <summary>A node's part in the exchange; the answer of /api/peers.</summary>
/// <param name="Network">From the authority's certificate; null for a node that takes no part in an exchange, and all that follows is empty.</param>
/// <param name="Alone">There is no neighbour: the node judges by its own counts.</param>
internal sealed record PeersReport(string? Network, string Name, string Operator, string Origin, ulong Epoch, DateTimeOffset? CertificateUntil, bool Alone, IReadOnlyList<PeerReport> Peers)
{
    /// <summary>The report of a node without an exchange.</summary>
    public static PeersReport None { get; } = new(null, "", "", "", 0, null, Alone: true, []);
}
