using ThrottleNet.Counting.Blocks;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The nodes that this node is linked with.</summary>
internal sealed class Neighbours(ExchangeInputs inputs, NodeLinks links, PeerNotes notes, CredentialStore credentials, ExchangeMonitor monitor)
{
    /// <summary>This node and its neighbours, for the operator.</summary>
    public async Task<ExchangeReport> DescribeAsync()
    {
        var (authority, self) = (credentials.Initial.Authority, credentials.Initial.Self);
        var (epoch, peers) = await inputs.AskAsync<(ulong Epoch, IReadOnlyList<NeighbourReport> Peers)>(
            (core, _) => (core.Epoch, [.. core.Neighbours.Select(p => Describe(p, core.ClockOffset))]),
            (0, []));
        return new ExchangeReport(
            authority.Network, self.Name, self.Operator, self.Origin.ToString(), epoch, credentials.Current().Certificate.NotAfter.ToUniversalTime(),
            Alone: !peers.Any(p => p.State == NeighbourReport.Ready), peers);
    }

    /// <summary>The neighbours that sent something lately.</summary>
    /// <param name="maxSilence">How long ago the last frame may be.</param>
    public Task<IReadOnlyList<Neighbour>> LiveAsync(TimeSpan maxSilence) =>
        inputs.AskAsync<IReadOnlyList<Neighbour>>(
            (core, now) =>
            [
                .. core.Neighbours.Where(p => p.Ready && now - p.LastReceived <= maxSilence.TotalMilliseconds)
                    .Select(p => links.Find(p.Link)).OfType<PeerLink>().Select(l => new Neighbour(l.Member.Origin, l.Member.Certificate, l.SeenFrom, notes.Of(l.Member.Origin))),
            ],
            []);

    private NeighbourReport Describe(NeighbourStatus peer, long clockOffset)
    {
        var (link, note) = (links.Find(peer.Link), notes.Of(peer.Origin));
        return new NeighbourReport(
            link?.Peer.Name ?? "", peer.Operator, peer.Origin.ToString(), peer.Address, peer.Outgoing ? "us" : "them",
            peer.Ready ? NeighbourReport.Ready : "joining", DateTimeOffset.FromUnixTimeMilliseconds(peer.LastReceived + clockOffset), peer.Skew / 1000.0)
        {
            LagSeconds = monitor.LagOf(peer.Origin)?.TotalSeconds,
            SentOctets = link?.Sent ?? 0,
            ReceivedOctets = link?.Received ?? 0,
            CallsFrom = link?.SeenFrom?.Unmapped().ToString(),
            SeesUsFrom = note?.SeesUsFrom?.ToString(),
            Sources = [.. note?.Sources.Select(source => source.ToString()) ?? []],
            LeftName = note?.LeftName ?? false,
            RefusedBy = [.. note?.Refusals ?? []],
        };
    }
}
