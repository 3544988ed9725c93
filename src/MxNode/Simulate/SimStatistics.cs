using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>The measurements of a running network.</summary>
internal sealed class SimStatistics
{
    private readonly Dictionary<BatchKey, Spread> _spreads = [];
    private readonly Dictionary<BatchKey, long> _counted = [];
    private readonly Dictionary<ExchangeFact, int> _facts = [];

    public long Octets { get; private set; }

    public long Frames { get; private set; }

    /// <summary>Batches that arrived at some node, duplicates included.</summary>
    public long Copies { get; private set; }

    /// <summary>Batches that were new where they arrived.</summary>
    public long Applied { get; private set; }

    /// <summary>Entries of the batches in <see cref="Applied"/>.</summary>
    public long Entries { get; private set; }

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

    /// <param name="key">The batch that will carry an attempt; its time is measured from its first attempt on.</param>
    /// <param name="now">Milliseconds.</param>
    public void Count(in BatchKey key, long now) => _counted.TryAdd(key, now);

    /// <param name="key">A batch that its origin publishes.</param>
    /// <param name="now">Milliseconds.</param>
    /// <param name="audience">The number of other nodes that are up and reachable.</param>
    public void Publish(in BatchKey key, long now, int audience) =>
        _spreads.TryAdd(key, new Spread(_counted.Remove(key, out var counted) ? counted : now, now, audience));

    public bool IsPublished(in BatchKey key) => _spreads.ContainsKey(key);

    public void Apply(in BatchKey key, int entries, long now)
    {
        Applied++;
        Entries += entries;
        if (_spreads.TryGetValue(key, out var spread))
            spread.Reach(now);
    }

    /// <summary>Milliseconds from publishing to 99 % of the nodes, of each batch that reached so many, ascending.</summary>
    public long[] TimesTo99(long publishedSince) =>
        [.. _spreads.Values.Where(s => s.Published >= publishedSince).Select(s => s.TimeTo(99)).OfType<long>().Order()];

    /// <summary>The same from the first attempt in a batch on.</summary>
    public long[] TimesTo99Counted(long publishedSince) =>
        [.. _spreads.Values.Where(s => s.Published >= publishedSince).Select(s => s.Published - s.Counted + s.TimeTo(99)).OfType<long>().Order()];

    /// <summary>
    /// Milliseconds from publishing to 1, 2... 100 % of the nodes, each of the median batch. A batch that did not reach so many nodes
    /// counts as slower than all others; the list ends where the median batch is one of these.
    /// </summary>
    public IReadOnlyList<long> MedianTimes(long publishedSince, long publishedBefore)
    {
        var spreads = _spreads.Values.Where(s => s.Published >= publishedSince && s.Published < publishedBefore && s.Audience > 0).ToList();
        return spreads.Count == 0
            ? []
            : [.. Enumerable.Range(1, 100)
                .Select(percent => spreads.Select(s => s.TimeTo(percent) ?? long.MaxValue).Order().ElementAt(spreads.Count / 2))
                .TakeWhile(time => time < long.MaxValue)];
    }

    /// <summary>Batches that did not reach 99 %.</summary>
    public int Unfinished(long publishedSince, long publishedBefore) =>
        _spreads.Values.Count(s => s.Published >= publishedSince && s.Published < publishedBefore && s.Audience > 0 && s.TimeTo(99) is null);

    /// <summary>Starts the counters of traffic afresh, after warming up.</summary>
    public void ResetTraffic() => (Octets, Frames, Copies, Applied, Entries) = (0, 0, 0, 0, 0);

    private sealed class Spread(long counted, long published, int audience)
    {
        private readonly int[] _times = new int[100];
        private int _reached;
        private int _percent;

        public long Counted { get; } = counted;

        public long Published { get; } = published;

        public int Audience { get; } = audience;

        public void Reach(long now)
        {
            _reached++;
            while (Audience > 0 && _percent < _times.Length && _reached * 100L >= Audience * (_percent + 1L))
                _times[_percent++] = (int)(now - Published);
        }

        /// <summary>Milliseconds; null if the batch did not reach so many nodes.</summary>
        public long? TimeTo(int percent) => percent <= _percent ? _times[percent - 1] : null;
    }
}
