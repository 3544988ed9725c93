using ThrottleNet.Cluster;
using ThrottleNet.MxNode.Cluster.News;

namespace ThrottleNet.MxNode.Cluster.Zone;

/// <summary>The last card of each node of the cluster. A full book drops the card of the node that was silent longest. Thread-safe.</summary>
internal sealed class CardBook
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, NodeCard> _cards = new(StringComparer.Ordinal);

    /// <summary>Takes a card, unless the node's last one is later.</summary>
    public void Take(NodeCard card)
    {
        lock (_lock)
        {
            if (_cards.TryGetValue(card.Node, out var known) && (card.Incarnation, card.At).CompareTo((known.Incarnation, known.At)) <= 0)
            {
                return;
            }

            _cards[card.Node] = card;
            if (_cards.Count > ClusterLimits.MaxMembers)
            {
                _cards.Remove(_cards.MinBy(c => c.Value.At).Key);
            }
        }
    }

    /// <summary>The topic by which the nodes exchange their cards.</summary>
    public ListTopic<NodeCard> TopicFor(NewsBuffer<NodeCard> news) => new("addresses", ZoneJson.Default.IReadOnlyListNodeCard, news, ReadAll, Take);

    public IReadOnlyList<NodeCard> ReadAll()
    {
        lock (_lock)
        {
            return [.. _cards.Values];
        }
    }
}
