using System.Threading.Channels;

namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Which message is delivered next. Messages wait until they are due, then in the lane of their domain; the lanes take turns. A domain whose
/// next hop cannot be reached gets one delivery at a time, and after each failure none for 5, 10, 20… minutes; its messages wait meanwhile
/// without being tried. Domains that have not answered may use half of the places, so dead ones leave the rest to the others.
/// Thread-safe.
/// </summary>
/// <param name="places">Deliveries at a time.</param>
/// <param name="perDomain">Deliveries to one domain at a time.</param>
/// <param name="time">Its monotonic clock is used.</param>
internal sealed class DeliverySchedule(int places, int perDomain, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = [];
    private readonly PriorityQueue<(QueueEntry Entry, int Ticket), (TimeSpan Due, long Order)> _waiting = new();
    private readonly PriorityQueue<Lane, TimeSpan> _blocked = new();
    private readonly Queue<Lane> _proven = new();
    private readonly Queue<Lane> _probes = new();
    private long _added; // messages that are due at one time keep their order
    private int _running;
    private int _probing;
    private bool _probeNext;

    /// <summary>Deliveries under way.</summary>
    public int Running
    {
        get
        {
            lock (_lock)
            {
                return _running;
            }
        }
    }

    /// <summary>Holds an item after deliveries may have become possible: a message was added, or a delivery has ended.</summary>
    public ChannelReader<bool> Changes => _changes.Reader;

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Puts a message in that is due at once.</summary>
    public void Add(QueueEntry entry) => Add(entry, TimeSpan.Zero);

    /// <summary>Puts a message in that is due after a wait, or moves it there. A message under way is left alone.</summary>
    public void Add(QueueEntry entry, TimeSpan wait)
    {
        lock (_lock)
        {
            if (!entry.IsRunning)
            {
                _waiting.Enqueue((entry, ++entry.Ticket), (Now + wait, ++_added));
            }
        }

        _changes.Writer.TryWrite(true);
    }

    /// <summary>Takes a message out. False: its delivery is under way.</summary>
    public bool Remove(QueueEntry entry)
    {
        lock (_lock)
        {
            entry.Ticket++;
            return !entry.IsRunning;
        }
    }

    /// <summary>Begins the next delivery; null: nothing is due, or there is no place. <see cref="Finish"/> ends it.</summary>
    public QueueEntry? TryStart()
    {
        lock (_lock)
        {
            Wake(Now);
            while (_running < places)
            {
                var mayProbe = _probes.Count > 0 && _probing < Math.Max(1, places / 2);
                if (!mayProbe && _proven.Count == 0)
                {
                    return null;
                }

                var lane = mayProbe && (_probeNext || _proven.Count == 0) ? _probes.Dequeue() : _proven.Dequeue();
                lane.IsListed = false;
                _probeNext = !_probeNext;
                if (Start(lane) is { } entry)
                {
                    return entry;
                }
            }

            return null;
        }
    }

    /// <summary>Ends a delivery.</summary>
    /// <param name="entry">What <see cref="TryStart"/> has given.</param>
    /// <param name="reached">Whether the next hop has answered; null if it was not tried.</param>
    public void Finish(QueueEntry entry, bool? reached)
    {
        lock (_lock)
        {
            var lane = _lanes[entry.Domain];
            entry.IsRunning = false;
            lane.Running--;
            _running--;
            _probing -= entry.IsProbe ? 1 : 0;
            if (reached == true)
            {
                (lane.IsProven, lane.Failures, lane.Limit) = (true, 0, Math.Min(lane.Limit * 2, perDomain));
            }
            else if (reached == false && lane.BlockedUntil is null)
            {
                (lane.IsProven, lane.Limit) = (false, 1);
                lane.BlockedUntil = Now + RetrySchedule.After(++lane.Failures);
                _blocked.Enqueue(lane, lane.BlockedUntil.Value);
            }

            List(lane);
            if (lane.IsUnused)
            {
                _lanes.Remove(lane.Domain);
            }
        }

        _changes.Writer.TryWrite(true);
    }

    /// <summary>How long until something is due that is not yet; null: nothing will be.</summary>
    public TimeSpan? UntilNext()
    {
        lock (_lock)
        {
            TimeSpan? next = _waiting.TryPeek(out _, out var first) ? first.Due : null;
            next = _blocked.TryPeek(out _, out var free) && !(next < free) ? free : next;
            return next is null ? null : next > Now ? next - Now : TimeSpan.Zero;
        }
    }

    /// <summary>Takes out the messages of a domain that are due and match, without beginning their delivery.</summary>
    public IReadOnlyList<QueueEntry> TakeReady(string domain, Predicate<QueueEntry> matches)
    {
        lock (_lock)
        {
            if (!_lanes.TryGetValue(domain, out var lane))
            {
                return [];
            }

            var taken = lane.Ready.Where(r => r.Entry.Ticket == r.Ticket && matches(r.Entry)).Select(r => r.Entry).ToList();
            taken.ForEach(e => e.Ticket++);
            return taken;
        }
    }

    /// <summary>Lets the messages of a domain be tried at once, whatever its next hop did before. Messages that are not due stay so.</summary>
    public void Unblock(string domain)
    {
        lock (_lock)
        {
            if (_lanes.TryGetValue(domain, out var lane))
            {
                lane.BlockedUntil = null;
                List(lane);
            }
        }

        _changes.Writer.TryWrite(true);
    }

    private QueueEntry? Start(Lane lane)
    {
        while (lane.MayStart)
        {
            var (entry, ticket) = lane.Ready.Dequeue();
            if (entry.Ticket != ticket)
            {
                continue;
            }

            (entry.IsRunning, entry.IsProbe) = (true, !lane.IsProven);
            lane.Running++;
            _running++;
            _probing += entry.IsProbe ? 1 : 0;
            List(lane);
            return entry;
        }

        if (lane.IsUnused)
        {
            _lanes.Remove(lane.Domain);
        }

        return null;
    }

    private void Wake(TimeSpan now)
    {
        while (_blocked.TryPeek(out var blocked, out var until) && until <= now)
        {
            _blocked.Dequeue();
            if (blocked.BlockedUntil <= now)
            {
                blocked.BlockedUntil = null;
                List(blocked);
                if (blocked.IsUnused)
                {
                    _lanes.Remove(blocked.Domain);
                }
            }
        }

        while (_waiting.TryPeek(out var waiting, out var first) && first.Due <= now)
        {
            _waiting.Dequeue();
            if (waiting.Entry.Ticket == waiting.Ticket)
            {
                if (!_lanes.TryGetValue(waiting.Entry.Domain, out var lane))
                {
                    _lanes[waiting.Entry.Domain] = lane = new Lane(waiting.Entry.Domain);
                }

                lane.Ready.Enqueue(waiting);
                List(lane);
            }
        }
    }

    private void List(Lane lane)
    {
        if (!lane.IsListed && lane.MayStart)
        {
            lane.IsListed = true;
            (lane.IsProven ? _proven : _probes).Enqueue(lane);
        }
    }
}
