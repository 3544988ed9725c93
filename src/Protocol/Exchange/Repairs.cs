using System.Collections.Immutable;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// Batches known to exist and not here: announced ones get a moment to come by themselves, then their announcers are
/// asked in turn (Plumtree's timers); those that a digest showed are asked for at once.
/// </summary>
internal sealed class Repairs(ExchangeContext context)
{
    // A neighbour that announces what does not exist gets no more room than this.
    private const int MaxMissing = 16_384;
    private const int MaxAnnouncers = 4;

    private readonly Dictionary<ulong, Missing> _missing = [];
    private readonly PriorityQueue<ulong, long> _due = new();

    public void Announced(Link link, ulong id)
    {
        if (!context.Kept.Contains(id))
            Note(link, id, context.Settings.AnnounceWait, asked: false);
    }

    /// <summary>Whether to ask this link for it now: nobody else has been asked.</summary>
    public bool TryAsk(Link link, ulong id) => Note(link, id, context.Settings.AnswerWait, asked: true);

    /// <summary>It came; true when this link had been grafted for it.</summary>
    public bool Arrived(ulong id, Link link) => _missing.Remove(id, out var missing) && missing.Grafted == link.Id;

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
                _missing.Remove(id);
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
            if (missing.Announcers.Count < MaxAnnouncers && !missing.Announcers.Contains(link.Id))
                missing.Announcers.Enqueue(link.Id);
            return false;
        }

        if (_missing.Count >= MaxMissing)
            return false;
        missing = new Missing();
        if (!asked)
            missing.Announcers.Enqueue(link.Id);
        _missing.Add(id, missing);
        _due.Enqueue(id, context.Now + wait);
        return asked;
    }

    private Link? NextAnnouncer(Missing missing)
    {
        while (missing.Announcers.TryDequeue(out var id))
        {
            if (context.Links.Find(id) is { Ready: true } link)
                return link;
        }

        return null;
    }

    private sealed class Missing
    {
        public Queue<LinkId> Announcers { get; } = new(1);

        public LinkId? Grafted { get; set; }
    }
}
