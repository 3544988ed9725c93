using System.Net;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Sessions nobody uses at the moment, and how many are in use, by address and port of the next hop. Whoever wants a session
/// enters, takes an idle one or opens one, and leaves by giving it back or by discarding it. Between the commands of a slow client
/// it parks its session, and may find it gone to somebody who needed the room.
/// </summary>
internal sealed class NextHopPool : IAsyncDisposable
{
    // A client that goes on at once keeps its session even when the room is short; two hosts that do nothing don't shut out a destination.
    private static readonly TimeSpan ParkTime = TimeSpan.FromSeconds(2);

    private readonly RelayOptions _options;
    private readonly TimeProvider _clock;
    private readonly ITimer _sweep;
    private readonly ITimer _reclaim;
    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, Hop> _hops = [];
    private bool _sweepSet;
    private bool _reclaimSet;
    private bool _disposed;

    public NextHopPool(RelayOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        _sweep = clock.CreateTimer(static pool => ((NextHopPool)pool!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _reclaim = clock.CreateTimer(static pool => ((NextHopPool)pool!).Reclaim(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Asks for room for one more session in use; false when there was none in time.</summary>
    public async ValueTask<bool> EnterAsync(IPEndPoint endPoint, CancellationToken cancel)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!_hops.TryGetValue(endPoint, out var hop))
            {
                _hops[endPoint] = hop = new Hop();
            }

            if (hop.InUse < _options.MaxSessions)
            {
                hop.InUse++;
                return true;
            }

            hop.Waiting.AddLast(turn);
            SetReclaim(hop);
        }

        try
        {
            await turn.Task.WaitAsync(_options.SessionWait, _clock, cancel);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            lock (_lock)
            {
                if (_hops.TryGetValue(endPoint, out var hop) && hop.Waiting.Remove(turn))
                {
                    Forget(endPoint, hop);
                    cancel.ThrowIfCancellationRequested();
                    return false;
                }
            }

            // The turn came in the same moment.
            if (!cancel.IsCancellationRequested)
            {
                return true;
            }

            Leave(endPoint);
            throw;
        }
    }

    /// <summary>Gives up the room that was entered.</summary>
    public void Leave(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            var hop = _hops[endPoint];
            if (hop.Waiting.First is { } next)
            {
                hop.Waiting.RemoveFirst();
                next.Value.SetResult();
            }
            else
            {
                hop.InUse--;
                Forget(endPoint, hop);
            }
        }
    }

    /// <summary>An idle session, for whoever has entered; one last used for that client before others, else the latest used.</summary>
    public NextHopSession? TakeIdle(IPEndPoint endPoint, ClientFacts client)
    {
        lock (_lock)
        {
            var idle = _hops[endPoint].Idle;
            var index = idle.FindLastIndex(kept => kept.Session.Client == client);
            if (index < 0)
            {
                index = idle.Count - 1;
            }

            if (index < 0)
            {
                return null;
            }

            var session = idle[index].Session;
            idle.RemoveAt(index);
            return session;
        }
    }

    /// <summary>
    /// Lets others have a session in use, should they need it for longer than a moment, while its transaction waits for its client.
    /// What is returned is the way back to it, and nobody else's: whoever got the session in between may have parked it as well.
    /// </summary>
    public ParkedSession Park(NextHopSession session)
    {
        var parked = new ParkedSession(session, _clock.GetTimestamp());
        lock (_lock)
        {
            var hop = _hops[session.EndPoint];
            hop.Parked.Add(parked);
            SetReclaim(hop);
        }

        return parked;
    }

    /// <summary>Takes a parked session back; false when somebody else has it, and with it the room.</summary>
    public bool TryUnpark(ParkedSession parked)
    {
        lock (_lock)
        {
            return _hops.TryGetValue(parked.Session.EndPoint, out var hop) && hop.Parked.Remove(parked);
        }
    }

    /// <summary>Leaves with a session that may be of further use.</summary>
    public void Return(NextHopSession session)
    {
        bool keep;
        lock (_lock)
        {
            keep = TryKeep(_hops[session.EndPoint], session);
        }

        Leave(session.EndPoint);
        if (!keep)
        {
            _ = session.QuitAsync();
        }
    }

    /// <summary>Leaves with a session that is of no further use: it is closed at once.</summary>
    public async ValueTask DiscardAsync(NextHopSession session)
    {
        Leave(session.EndPoint);
        await session.DisposeAsync();
    }

    /// <summary>Closes the idle sessions; those in use are closed when they come back.</summary>
    public async ValueTask DisposeAsync()
    {
        List<NextHopSession> idle;
        lock (_lock)
        {
            _disposed = true;
            idle = TakeIdleWhere(_ => true);
        }

        await _sweep.DisposeAsync();
        await _reclaim.DisposeAsync();
        await Task.WhenAll(idle.Select(session => session.QuitAsync()));
    }

    /// <summary>True when a session may carry one more transaction.</summary>
    public bool IsWorthKeeping(NextHopSession session) =>
        session.Stage is TransactionStage.None or TransactionStage.Envelope
        && !session.IsClosing
        && session.Transactions < _options.MaxTransactions
        && session.Refusals < _options.MaxRefusals
        && _clock.GetElapsedTime(session.OpenedAt) < _options.MaxAge;

    private void Sweep()
    {
        List<NextHopSession> idle;
        lock (_lock)
        {
            _sweepSet = false;
            idle = TakeIdleWhere(kept => _clock.GetElapsedTime(kept.Since) >= _options.IdleTimeout);
            if (_hops.Values.Any(hop => hop.Idle.Count > 0))
            {
                SetSweep(_options.IdleTimeout / 2);
            }
        }

        foreach (var session in idle)
        {
            _ = session.QuitAsync();
        }
    }

    // Gives the rooms of those parked for longest to those who wait.
    private void Reclaim()
    {
        var spent = new List<NextHopSession>();
        lock (_lock)
        {
            _reclaimSet = false;
            foreach (var hop in _hops.Values)
            {
                while (hop is { Waiting.First: { } next, Parked: [var oldest, ..] } && _clock.GetElapsedTime(oldest.Since) >= ParkTime)
                {
                    hop.Parked.RemoveAt(0);
                    hop.Waiting.RemoveFirst();
                    if (!TryKeep(hop, oldest.Session))
                    {
                        spent.Add(oldest.Session);
                    }

                    next.Value.SetResult();
                }

                SetReclaim(hop);
            }
        }

        foreach (var session in spent)
        {
            _ = session.QuitAsync();
        }
    }

    // Needs the lock.
    private void SetReclaim(Hop hop)
    {
        if (!_reclaimSet && !_disposed && hop is { Waiting.Count: > 0, Parked: [var oldest, ..] })
        {
            _reclaimSet = true;
            var due = ParkTime - _clock.GetElapsedTime(oldest.Since);
            _reclaim.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    // Needs the lock.
    private bool TryKeep(Hop hop, NextHopSession session)
    {
        if (_disposed || hop.Idle.Count >= _options.MaxIdle || !IsWorthKeeping(session))
        {
            return false;
        }

        session.Rested = true;
        hop.Idle.Add(new Kept(session, _clock.GetTimestamp()));
        SetSweep(_options.IdleTimeout);
        return true;
    }

    // Needs the lock.
    private List<NextHopSession> TakeIdleWhere(Predicate<Kept> isDue)
    {
        var taken = new List<NextHopSession>();
        foreach (var (endPoint, hop) in _hops.ToList())
        {
            taken.AddRange(hop.Idle.Where(kept => isDue(kept)).Select(kept => kept.Session));
            hop.Idle.RemoveAll(isDue);
            Forget(endPoint, hop);
        }

        return taken;
    }

    // Needs the lock.
    private void SetSweep(TimeSpan after)
    {
        if (!_sweepSet)
        {
            _sweepSet = true;
            _sweep.Change(after, Timeout.InfiniteTimeSpan);
        }
    }

    // Needs the lock.
    private void Forget(IPEndPoint endPoint, Hop hop)
    {
        if (hop.InUse == 0 && hop.Idle.Count == 0 && hop.Waiting.Count == 0)
        {
            _hops.Remove(endPoint);
        }
    }

    private readonly record struct Kept(NextHopSession Session, long Since);

    private sealed class Hop
    {
        public int InUse { get; set; }

        public List<Kept> Idle { get; } = [];

        /// <summary>Of those in use, the ones whose clients are awaited; longest first.</summary>
        public List<ParkedSession> Parked { get; } = [];

        public LinkedList<TaskCompletionSource> Waiting { get; } = [];
    }
}

/// <summary>A session in use whose transaction waits for its client. Each time of parking is another, so no record: they are told apart by reference.</summary>
internal sealed class ParkedSession(NextHopSession session, long since)
{
    public NextHopSession Session { get; } = session;

    /// <summary>Timestamp of the clock.</summary>
    public long Since { get; } = since;
}
