using ThrottleNet.Protocol.Counts;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>What is measured while the network runs.</summary>
internal sealed class SimStatistics
{
    private readonly Dictionary<BatchKey, Spread> _spreads = [];
    private readonly Dictionary<ExchangeFact, int> _facts = [];

    public long Octets { get; private set; }

    public long Frames { get; private set; }

    /// <summary>Batches that arrived at some node, duplicates included.</summary>
    public long Copies { get; private set; }

    /// <summary>Batches that were new where they arrived.</summary>
    public long Applied { get; private set; }

    public int Evictions { get; set; }

    public int Published => _spreads.Count;

    public int Facts(ExchangeFact kind) => _facts.GetValueOrDefault(kind);

    public void Note(Fact fact) => _facts[fact.Kind] = Facts(fact.Kind) + 1;

    public void FrameArrives(Frame frame, int size)
    {
        Octets += size;
        Frames++;
        if (frame is DeliveryFrame)
            Copies++;
    }

    /// <param name="key">A batch that leaves its origin.</param>
    /// <param name="now">Milliseconds.</param>
    /// <param name="audience">Nodes that are up and within reach, the origin left out.</param>
    public void Publish(in BatchKey key, long now, int audience) =>
        _spreads.TryAdd(key, new Spread(now, (audience * 99 + 99) / 100));

    public bool IsPublished(in BatchKey key) => _spreads.ContainsKey(key);

    public void Apply(in BatchKey key, long now)
    {
        Applied++;
        if (_spreads.TryGetValue(key, out var spread) && ++spread.Reached == spread.Needed)
            spread.Took = now - spread.Published;
    }

    /// <summary>Milliseconds from publishing to 99 % of the nodes, of each batch that came so far, ascending.</summary>
    public long[] TimesTo99(long publishedSince) =>
        [.. _spreads.Values.Where(s => s.Published >= publishedSince && s.Took is not null).Select(s => s.Took!.Value).Order()];

    /// <summary>Batches that did not reach 99 %.</summary>
    public int Unfinished(long publishedSince, long publishedBefore) =>
        _spreads.Values.Count(s => s.Published >= publishedSince && s.Published < publishedBefore && s.Needed > 0 && s.Took is null);

    /// <summary>Starts the counters of traffic afresh, after warming up.</summary>
    public void ResetTraffic() => (Octets, Frames, Copies, Applied) = (0, 0, 0, 0);

    private sealed class Spread(long published, int needed)
    {
        public long Published { get; } = published;

        public int Needed { get; } = needed;

        public int Reached { get; set; }

        public long? Took { get; set; }
    }
}
