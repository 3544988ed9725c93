using System.Collections.Immutable;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>Gives snapshots: notes what the rows will be made of, has the host gather them, and sends them in chunks.</summary>
internal sealed class SnapshotServer(ExchangeContext context)
{
    private readonly Dictionary<(LinkId Link, ulong Id), ImmutableArray<Holding>> _asked = [];

    public bool Accepts(Link link, SnapshotRequestFrame frame) =>
        frame.MaxRows > 0 && context.Find(link.Member.Origin) is { } asker && context.Now - asker.SnapshotGiven >= context.Settings.SnapshotInterval;

    public void Begin(Link link, SnapshotRequestFrame frame)
    {
        context.Find(link.Member.Origin)!.SnapshotGiven = context.Now;
        _asked[(link.Id, frame.Id)] = [.. context.Origins.Where(o => !o.Evicted).SelectMany(o => o.Holdings())];
        context.Effects.Add(new NeedSnapshot(link.Id, frame.Id, frame.MaxRows));
    }

    public void Supply(LinkId linkId, ulong requestId, IReadOnlyList<SnapshotRow> rows)
    {
        if (!_asked.Remove((linkId, requestId), out var holdings) || context.Links.Find(linkId) is not { } link)
            return;
        var holdingChunks = holdings.Chunk(ExchangeLimits.Holdings).ToList();
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

    public void Left(LinkId link)
    {
        foreach (var key in _asked.Keys.Where(k => k.Link == link).ToList())
            _asked.Remove(key);
    }
}
