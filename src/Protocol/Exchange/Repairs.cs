using System.Collections.Immutable;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// Missing batches that are known to exist. For an announced batch the node waits a moment, then asks the nodes that announced it in turn
/// (Plumtree's timers). Batches that a digest shows are asked for at once.
/// </summary>
internal sealed class Repairs(ExchangeContext context)
{
    // The most batches that one neighbour may announce and not deliver; it takes no room from other neighbours.
    private const int MaxMissing = 16_384;

    // How long an answer with many batches may take before the next neighbour is asked.
    private const int BulkWait = 5000;

    private readonly Dictionary<ulong, Missing> _missing = [];
    private readonly PriorityQueue<ulong, long> _due = new();
    private readonly int[] _firstHeardFrom = new int[LinkTable.MaxLinks];

    public void Announced(Link link, ulong id)
    {
        if (!context.Kept.Contains(id))
            Note(link, id, context.Settings.AnnounceWait, asked: false);
    }

    /// <summary>Whether to ask this link for the batch now; false when another link has been asked.</summary>
    public bool TryAsk(Link link, ulong id) => Note(link, id, BulkWait, asked: true);

    public bool HasRoom(Link link) => _firstHeardFrom[link.Slot] < MaxMissing;

    /// <summary>The batch arrived; true when this link had been grafted for it.</summary>
    public bool Arrived(ulong id, Link link) => Remove(id) is { } missing && missing.Grafted == link.Id;

    public void Tick()
    {
        Dictionary<Link, List<ulong>>? grafts = null;
        while (_due.TryPeek(out var id, out var due) && due <= context.Now)
        {
            _due.Dequeue();
            if (!_missing.TryGetValue(id, out var missing))
                continue;
            if (NextAnnouncer(missing) is not { } link)
            {
                Remove(id);
                continue;
            }

            missing.Grafted = link.Id;
            _due.Enqueue(id, context.Now + context.Settings.AnswerWait);
            grafts ??= [];
            if (!grafts.TryGetValue(link, out var ids))
                grafts.Add(link, ids = []);
            ids.Add(id);
        }

        foreach (var (link, ids) in grafts ?? [])
        {
            foreach (var chunk in ids.Chunk(ExchangeLimits.AnnounceIds))
                context.Send(link, new GraftFrame(ImmutableArray.Create(chunk)));
        }
    }

    private bool Note(Link link, ulong id, int wait, bool asked)
    {
        if (_missing.TryGetValue(id, out var missing))
        {
            missing.Announcers |= link.Bit;
            return false;
        }

        if (!HasRoom(link))
            return false;
        _firstHeardFrom[link.Slot]++;
        _missing.Add(id, new Missing(link.Slot) { Announcers = asked ? 0 : link.Bit });
        _due.Enqueue(id, context.Now + wait);
        return asked;
    }

    private Missing? Remove(ulong id)
    {
        if (_missing.Remove(id, out var missing))
            _firstHeardFrom[missing.Slot]--;
        return missing;
    }

    private Link? NextAnnouncer(Missing missing)
    {
        // The announcer's link may have ended, and another link may have its place. The graft is then useless, and does no harm.
        var link = context.Links.Ready.Find(l => (l.Bit & missing.Announcers) != 0);
        missing.Announcers &= ~(link?.Bit ?? ulong.MaxValue);
        return link;
    }

    private sealed class Missing(int slot)
    {
        /// <summary>The place of the link that first announced the batch.</summary>
        public int Slot { get; } = slot;

        /// <summary>Bits of the links to ask.</summary>
        public ulong Announcers { get; set; }

        public LinkId? Grafted { get; set; }
    }
}
