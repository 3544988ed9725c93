namespace ThrottleNet.MxNode.Cluster.News;

/// <summary>
/// This node's news of the last minute, in their order. A node that joins gets all of them beside its copy of everything, so that it misses nothing that was on
/// its way meanwhile. Bounded in time and in octets. Not thread-safe.
/// </summary>
internal sealed class NewsLog(TimeProvider time)
{
    /// <summary>News are kept this long for nodes that do not answer.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private const long MaxOctets = 64 << 20;
    private const int MaxOctetsACall = 1 << 20;

    private readonly Queue<(NewsItem Item, long At)> _items = new();
    private long _octets;

    /// <summary>The number of the first news that are still here.</summary>
    public long First { get; private set; }

    /// <summary>The number of the next news.</summary>
    public long End => First + _items.Count;

    public void Add(NewsItem item)
    {
        _items.Enqueue((item, time.GetTimestamp()));
        _octets += item.Octets.Length;
        Trim();
    }

    /// <summary>Forgets old news.</summary>
    public void Trim()
    {
        while (_items.TryPeek(out var first) && (_octets > MaxOctets || time.GetElapsedTime(first.At) > Life))
        {
            _octets -= first.Item.Octets.Length;
            _items.Dequeue();
            First++;
        }
    }

    /// <summary>News from a number on, as many as fit into one call.</summary>
    /// <returns>The news, the number after the last one, and whether earlier ones are no longer here.</returns>
    public (NewsItem[] Items, long Next, bool Missed) Read(long from)
    {
        var start = Math.Max(from, First);
        var (taken, octets) = (new List<NewsItem>(), 0);
        foreach (var (item, _) in _items.Skip((int)(start - First)))
        {
            octets += item.Octets.Length;
            if (taken.Count > 0 && octets > MaxOctetsACall)
            {
                break;
            }

            taken.Add(item);
        }

        return ([.. taken], start + taken.Count, from < First);
    }
}
