using System.Net;
using ThrottleNet.MxNode.Cluster.News;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Cluster.Zone;

/// <summary>Tells the cluster where this node takes mail, and keeps the cluster's nodes in <see cref="LiveNodes"/>, from which the magic zone is answered.</summary>
internal sealed class ZoneService(CardBook book, NewsBuffer<NodeCard> news, OwnCard own, ZoneInputs inputs, LiveNodes nodes, NodeHealth health)
    : PeriodicService("addresses of the cluster", Interval, health)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ZoneMembers _members = new(own.Node, health.Time);
    private NodeCard? _last;

    protected override Task TickAsync(CancellationToken stopping)
    {
        var card = own.Write(inputs.Serves, Time.GetUtcNow().ToUnixTimeMilliseconds());
        if (card.IsNewsAfter(_last))
        {
            _last = card;
            book.Take(card);
            news.Add(card);
        }

        // While this node's own silo is away, it does not know which nodes live.
        if (inputs.LiveNames is { } live)
        {
            var members = _members.Update(book.ReadAll(), live);
            var left = members.Where(c => c.LeftName).ToList();
            IEnumerable<IPAddress> unlisted = 2 * left.Count > members.Count ? [] : left.SelectMany(c => c.Hosts.Addresses);
            nodes.ReplaceCluster([.. members.Select(c => c.Hosts)], [.. members.SelectMany(c => c.AllSources)], unlisted);
            inputs.SetSources([.. members.SelectMany(c => c.AllSources)]);
        }

        return Task.CompletedTask;
    }
}
