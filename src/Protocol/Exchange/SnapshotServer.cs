using ThrottleNet.Counting;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Answers snapshot requests. The host first searches for the hosts with the most attempts, which may take a second. Their rows and the applied ranges are then read at one moment, and sent in chunks.</summary>
internal sealed class SnapshotServer(ExchangeContext context)
{
    // The open request of each neighbour, and when it arrived.
    private readonly Dictionary<LinkId, (ulong Id, long Since)> _asked = [];

    public void OnRequest(Link link, SnapshotRequestFrame frame)
    {
        if (frame.MaxRows == 0 || context.Find(link.Member.Origin) is not { } asker || context.Now - asker.SnapshotGiven < context.Settings.SnapshotInterval)
            return;
        asker.SnapshotGiven = context.Now;
        _asked[link.Id] = (frame.Id, context.Now);
        context.Effects.Add(new NeedSnapshot(link.Id, frame.Id, frame.MaxRows));
    }

    public void Supply(LinkId linkId, ulong requestId, Func<IEnumerable<ulong>, IReadOnlyList<SnapshotRow>> read)
    {
        if (!_asked.TryGetValue(linkId, out var asked) || asked.Id != requestId || context.Links.Find(linkId) is not { } link)
            return;
        _asked.Remove(linkId);
        var holdings = context.Origins.Where(o => !o.Evicted).SelectMany(o => o.AppliedRanges());
        var rows = read(HostsSince(asked.Since));
        var holdingChunks = holdings.Chunk(ExchangeLimits.AppliedRanges).ToList();
        var rowChunks = rows.Chunk(ExchangeLimits.ChunkRows).ToList();
        var chunks = Math.Max(1, Math.Max(holdingChunks.Count, rowChunks.Count));
        for (var i = 0; i < chunks; i++)
        {
            context.Send(link, new SnapshotChunkFrame(
                requestId,
                i,
                i == chunks - 1,
                i < holdingChunks.Count ? [.. holdingChunks[i]] : [],
                i < rowChunks.Count ? [.. rowChunks[i]] : []));
        }
    }

    /// <summary>The hosts of the batches that arrived since a neighbour's request; none if it has no open request.</summary>
    public IReadOnlyList<ulong> HostsSinceRequest(LinkId link) => _asked.TryGetValue(link, out var asked) ? [.. HostsSince(asked.Since)] : [];

    public void Left(LinkId link) => _asked.Remove(link);

    private IEnumerable<ulong> HostsSince(long since) => context.Kept.AddedSince(since).SelectMany(HostsOf);

    private static IEnumerable<ulong> HostsOf(Batch batch) =>
        batch.Counts is { } counts ? counts.Attempts.Concat(counts.BadRecipients).Select(e => e.Key) : [];
}
