using System.Net;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The nodes that this node is linked with.</summary>
internal sealed class Neighbours(ExchangeInputs inputs, NodeLinks links, CredentialStore credentials)
{
    /// <summary>This node and its neighbours, for the operator.</summary>
    public async Task<ExchangeReport> DescribeAsync()
    {
        var (authority, self) = (credentials.Initial.Authority, credentials.Initial.Self);
        var (epoch, peers) = await inputs.AskAsync<(ulong Epoch, IReadOnlyList<NeighbourReport> Peers)>(
            (core, _) => (core.Epoch, [.. core.Neighbours.Select(p => new NeighbourReport(
                links.Find(p.Link)?.Peer.Name ?? "", p.Operator, p.Origin.ToString(), p.Address, p.Outgoing ? "us" : "them",
                p.Ready ? NeighbourReport.Ready : "joining", DateTimeOffset.FromUnixTimeMilliseconds(p.LastReceived + core.ClockOffset), p.Skew / 1000.0))]),
            (0, []));
        return new ExchangeReport(
            authority.Network, self.Name, self.Operator, self.Origin.ToString(), epoch, credentials.Current().Certificate.NotAfter.ToUniversalTime(),
            Alone: !peers.Any(p => p.State == NeighbourReport.Ready), peers);
    }

    /// <summary>The neighbours that sent something lately: their certificates (DER), and the addresses that their calls came from.</summary>
    /// <param name="maxSilence">How long ago the last frame may be.</param>
    public Task<IReadOnlyList<(ReadOnlyMemory<byte> Certificate, IPAddress? SeenFrom)>> LiveAsync(TimeSpan maxSilence) =>
        inputs.AskAsync<IReadOnlyList<(ReadOnlyMemory<byte>, IPAddress?)>>(
            (core, now) =>
            [
                .. core.Neighbours.Where(p => p.Ready && now - p.LastReceived <= maxSilence.TotalMilliseconds)
                    .Select(p => links.Find(p.Link)).OfType<PeerLink>().Select(l => (l.Member.Certificate, l.SeenFrom)),
            ],
            []);
}
