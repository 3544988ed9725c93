using ThrottleNet.Cluster.Log;

namespace ThrottleNet.MxNode.Cluster.News;

/// <summary>The topics of this node, the news that it has for the other nodes, and what it still has to ask for. Thread-safe.</summary>
internal sealed class NewsDesk
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, NewsTopic> _topics;
    private readonly HashSet<string> _lacking;
    private readonly NewsLog _news;
    private readonly ClusterLog _log;
    private readonly TimeProvider _time;
    private NodeId? _source;
    private long? _readAt;

    public NewsDesk(IEnumerable<NewsTopic> topics, ClusterLog log, TimeProvider time)
    {
        _topics = topics.ToDictionary(t => t.Name, StringComparer.Ordinal);
        _lacking = [.. _topics.Keys];
        _news = new NewsLog(time);
        (_log, _time) = (log, time);
    }

    /// <summary>Whether this node has not got everything of some topic since its start.</summary>
    public bool IsLacking
    {
        get
        {
            lock (_lock)
            {
                return _lacking.Count > 0;
            }
        }
    }

    /// <summary>A node that has news which this node missed; null if there is none.</summary>
    public NodeId? Source
    {
        get
        {
            lock (_lock)
            {
                return _source;
            }
        }
    }

    /// <summary>Takes the changes of all topics.</summary>
    public void Collect()
    {
        var items = _topics.Values.Select(t => (t.Name, Octets: t.TakeNews())).ToList();
        lock (_lock)
        {
            _news.Trim();
            foreach (var (name, octets) in items)
            {
                if (octets is not null)
                {
                    _news.Add(new NewsItem(name, octets));
                }
            }
        }
    }

    /// <summary>Whether there are news from a number on.</summary>
    public bool HasNews(long from)
    {
        lock (_lock)
        {
            return from < _news.End;
        }
    }

    /// <inheritdoc cref="NewsLog.Read"/>
    public (NewsItem[] Items, long Next, bool Missed) Read(long from)
    {
        lock (_lock)
        {
            return _news.Read(from);
        }
    }

    /// <summary>Everything that this node knows.</summary>
    public NewsItem[] ReadAll() => [.. _topics.Values.Select(t => new NewsItem(t.Name, t.ReadAll()))];

    /// <summary>Takes over news of another node.</summary>
    public void Receive(NewsCall call)
    {
        lock (_lock)
        {
            // What was read lately has the news that other nodes have no longer.
            if (call.Missed && (_readAt is not { } at || _time.GetElapsedTime(at) > NewsLog.Life))
            {
                _source = call.From;
            }
        }

        Apply(call.From, call.Items);
    }

    /// <summary>Takes over everything that another node knows.</summary>
    public void ReceiveAll(NodeId from, NewsItem[] items)
    {
        Apply(from, items);
        lock (_lock)
        {
            _lacking.ExceptWith(items.Select(i => i.Topic));
            (_source, _readAt) = (null, _time.GetTimestamp());
        }
    }

    /// <summary>No older node is left to ask.</summary>
    public void NothingToRead()
    {
        lock (_lock)
        {
            _lacking.Clear();
            _source = null;
        }
    }

    private void Apply(NodeId from, NewsItem[] items)
    {
        foreach (var item in items)
        {
            if (!_topics.TryGetValue(item.Topic, out var topic))
            {
                continue;
            }

            try
            {
                topic.Apply(item.Octets, from);
            }
            catch (Exception e)
            {
                // Whatever is wrong with it, the sender's other news go on.
                _log.CallFailed(e, $"news of {from} about {item.Topic}");
            }
        }
    }
}
