using System.Net;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// The unused sessions, and the places for those in use, by address and port of the next hop. A transaction enters,
/// takes an idle session or opens one, and leaves by returning or discarding it. Between the commands of its client it parks its session,
/// and the session may then go to another transaction that needs the place. Thread-safe.
/// </summary>
internal sealed class NextHopPool : IAsyncDisposable
{
    private readonly RelayOptions _options;
    private readonly TimeProvider _clock;
    private readonly long _start;
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
        _start = clock.GetTimestamp();
        _sweep = clock.CreateTimer(static pool => ((NextHopPool)pool!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _reclaim = clock.CreateTimer(static pool => ((NextHopPool)pool!).ReclaimAll(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Now => _clock.GetElapsedTime(_start);

    /// <summary>Asks for a place for one more session in use; null when there was none in time.</summary>
    /// <param name="endPoint">The next hop.</param>
    /// <param name="client">The client that sends the mail.</param>
    /// <param name="isComplete">The client's message is complete: the transaction waits before those whose message is not.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async ValueTask<HopPlace?> EnterAsync(IPEndPoint endPoint, ClientFacts client, bool isComplete, CancellationToken cancel)
    {
        var place = new HopPlace(endPoint, IpBlock.Of(client.Address), client.IsTrusted);
        HopWaiter waiter;
        List<NextHopSession> spent = [];
        lock (_lock)
        {
            if (!_hops.TryGetValue(endPoint, out var hop))
            {
                _hops[endPoint] = hop = new Hop(_options.MaxSessions);
            }

            if (hop.Places.TryTake(place, Now))
            {
                return place;
            }

            waiter = new HopWaiter(place);
            hop.Places.Wait(waiter, isComplete);
            Reclaim(hop, spent);
        }

        Quit(spent);
        try
        {
            await waiter.Turn.WaitAsync(_options.SessionWait, _clock, cancel);
            return place;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            lock (_lock)
            {
                if (_hops.TryGetValue(endPoint, out var hop) && hop.Places.StopWaiting(waiter))
                {
                    Forget(endPoint, hop);
                    cancel.ThrowIfCancellationRequested();
                    return null;
                }
            }

            // The turn came in the same moment.
            if (!cancel.IsCancellationRequested)
            {
                return place;
            }

            Leave(place);
            throw;
        }
    }

    /// <summary>Gives a place up.</summary>
    public void Leave(HopPlace place)
    {
        lock (_lock)
        {
            var hop = _hops[place.EndPoint];
            hop.Places.Leave(place, Now);
            Forget(place.EndPoint, hop);
        }
    }

    /// <summary>The next hop has refused a further session. Lowers the number of places to what it takes.</summary>
    /// <returns>That number; null if it has no other session, so that its refusal is no matter of numbers.</returns>
    public int? Lower(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            return _hops[endPoint].Places is var places && places.Lower(Now) ? places.Cap(Now) : null;
        }
    }

    /// <summary>An idle session for a transaction that has a place; null if there is none.</summary>
    public NextHopSession? TakeIdle(IPEndPoint endPoint, ClientFacts client)
    {
        lock (_lock)
        {
            return _hops[endPoint].Idle.Take(client);
        }
    }

    /// <summary>
    /// Lets other transactions have a session's place while its own waits for its client. The returned object identifies this parking:
    /// another transaction may get the session in between, and park it again.
    /// </summary>
    public ParkedSession Park(NextHopSession session)
    {
        var parked = new ParkedSession(session, session.Place!, _clock.GetTimestamp());
        List<NextHopSession> spent = [];
        lock (_lock)
        {
            var hop = _hops[session.EndPoint];
            if (hop.Places.Park(parked) is { } oldest)
            {
                Release(hop, oldest, spent);
            }

            Reclaim(hop, spent);
        }

        Quit(spent);
        return parked;
    }

    /// <summary>Takes a parked session back; false when another transaction has it, and with it the place.</summary>
    public bool TryUnpark(ParkedSession parked)
    {
        lock (_lock)
        {
            return _hops.TryGetValue(parked.Session.EndPoint, out var hop) && hop.Places.Unpark(parked);
        }
    }

    /// <summary>Leaves with a session that may be of further use.</summary>
    public void Return(NextHopSession session)
    {
        var place = TakePlace(session);
        bool keep;
        lock (_lock)
        {
            keep = TryKeep(_hops[session.EndPoint], session);
        }

        Leave(place);
        if (!keep)
        {
            _ = session.QuitAsync();
        }
    }

    /// <summary>Leaves with a session that is of no further use: it is closed at once.</summary>
    public async ValueTask DiscardAsync(NextHopSession session)
    {
        Leave(TakePlace(session));
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

    private static HopPlace TakePlace(NextHopSession session)
    {
        var place = session.Place!;
        session.Place = null;
        return place;
    }

    private static void Quit(IEnumerable<NextHopSession> sessions)
    {
        foreach (var session in sessions)
        {
            _ = session.QuitAsync();
        }
    }

    private void Sweep()
    {
        List<NextHopSession> idle;
        lock (_lock)
        {
            _sweepSet = false;
            idle = TakeIdleWhere(since => _clock.GetElapsedTime(since) >= _options.IdleTimeout);
            if (_hops.Values.Any(hop => hop.Idle.Count > 0))
            {
                SetSweep(_options.IdleTimeout / 2);
            }
        }

        Quit(idle);
    }

    private void ReclaimAll()
    {
        List<NextHopSession> spent = [];
        lock (_lock)
        {
            _reclaimSet = false;
            foreach (var hop in _hops.Values)
            {
                Reclaim(hop, spent);
            }
        }

        Quit(spent);
    }

    // Needs the lock.
    private void Reclaim(Hop hop, List<NextHopSession> spent)
    {
        while (hop.Places.Reclaim(Now, _clock) is { } parked)
        {
            Release(hop, parked, spent);
        }

        if (!_reclaimSet && !_disposed && hop.Places.NextReclaim(_clock) is { } due)
        {
            _reclaimSet = true;
            _reclaim.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    // Needs the lock. The session goes among the idle ones before its place goes to a waiting transaction.
    private void Release(Hop hop, ParkedSession parked, List<NextHopSession> spent)
    {
        parked.Session.Place = null;
        if (!TryKeep(hop, parked.Session))
        {
            spent.Add(parked.Session);
        }

        hop.Places.Leave(parked.Place, Now);
    }

    // Needs the lock.
    private bool TryKeep(Hop hop, NextHopSession session)
    {
        if (_disposed || hop.Idle.Count >= _options.MaxIdle || !IsWorthKeeping(session))
        {
            return false;
        }

        session.Rested = true;
        hop.Idle.Add(session, _clock.GetTimestamp());
        SetSweep(_options.IdleTimeout);
        return true;
    }

    // Needs the lock.
    private List<NextHopSession> TakeIdleWhere(Predicate<long> isDue)
    {
        var taken = new List<NextHopSession>();
        foreach (var (endPoint, hop) in _hops.ToList())
        {
            taken.AddRange(hop.Idle.TakeWhere(isDue));
            Forget(endPoint, hop);
        }

        return taken;
    }

    // Needs the lock.
    private void SetSweep(TimeSpan after)
    {
        if (!_sweepSet && !_disposed)
        {
            _sweepSet = true;
            _sweep.Change(after, Timeout.InfiniteTimeSpan);
        }
    }

    // Needs the lock.
    private void Forget(IPEndPoint endPoint, Hop hop)
    {
        if (hop.Idle.Count == 0 && hop.Places.IsUnused)
        {
            _hops.Remove(endPoint);
        }
    }

    private sealed class Hop(int maxSessions)
    {
        public HopPlaces Places { get; } = new(maxSessions);

        public IdleSessions Idle { get; } = new();
    }
}
