namespace ThrottleNet.MxNode.Spool;

/// <summary>
/// Which message is delivered next. Messages wait until they are due, then in the lane of their domain; the lanes take turns. A domain whose
/// next hop cannot be reached gets one delivery at a time, and after each failure none for 5, 10, 20… minutes; its messages wait meanwhile
/// without being tried. Domains that have not answered may use half of the places, so dead ones leave the rest to the others.
/// Times are those of a monotonic clock. Thread-safe.
/// </summary>
/// <param name="places">Deliveries at a time.</param>
/// <param name="perDomain">Deliveries to one domain at a time.</param>
internal sealed class DeliverySchedule(int places, int perDomain)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = [];
    private readonly PriorityQueue<(QueueEntry Entry, int Ticket), TimeSpan> _waiting = new();
    private readonly PriorityQueue<Lane, TimeSpan> _blocked = new();
    private readonly Queue<Lane> _proven = new();
    private readonly Queue<Lane> _probes = new();
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

    /// <summary>Puts a message in that is due at a time, or moves it there. A message under way is left alone.</summary>
    public void Add(QueueEntry entry, TimeSpan due)
    {
        lock (_lock)
        {
            if (!entry.IsRunning)
            {
                _waiting.Enqueue((entry, ++entry.Ticket), due);
            }
        }
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
    public QueueEntry? TryStart(TimeSpan now)
    {
        lock (_lock)
        {
            Wake(now);
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
    /// <param name="now">The time.</param>
    public void Finish(QueueEntry entry, bool? reached, TimeSpan now)
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
                lane.BlockedUntil = now + RetrySchedule.After(++lane.Failures);
                _blocked.Enqueue(lane, lane.BlockedUntil.Value);
            }

            List(lane);
            if (lane.IsUnused)
            {
                _lanes.Remove(lane.Domain);
            }
        }
    }

    /// <summary>When something will be due that is not yet; null: nothing will.</summary>
    public TimeSpan? NextDue()
    {
        lock (_lock)
        {
            TimeSpan? message = _waiting.TryPeek(out _, out var due) ? due : null;
            return _blocked.TryPeek(out _, out var free) && !(message < free) ? free : message;
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

        while (_waiting.TryPeek(out var waiting, out var due) && due <= now)
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
