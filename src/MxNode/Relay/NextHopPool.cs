using System.Net;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// The places for sessions in use, by address and port of the next hop. A transaction enters, takes an idle session or opens one, and
/// leaves by returning or discarding it. Between the commands of its client it parks its session, and the session may then go to another
/// transaction that needs the place. Thread-safe.
/// </summary>
internal sealed class NextHopPool : IAsyncDisposable
{
    private readonly Live<RelayOptions> _options;
    private readonly IHopShares? _shares;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly ITimer _reclaim;
    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, HopPlaces> _hops = [];
    private bool _isReclaimSet;
    private bool _isDisposed;

    /// <param name="shares">Divides the sessions among the nodes of a cluster; null: this node may have all.</param>
    public NextHopPool(Live<RelayOptions> options, TimeProvider clock, IHopShares? shares = null)
    {
        _options = options;
        _shares = shares;
        _clock = clock;
        _start = clock.GetTimestamp();
        Idle = new IdleSessions(options, clock, Forget);
        _shares?.Renewed += TakeShare;
        _reclaim = clock.CreateTimer(static pool => ((NextHopPool)pool!).ReclaimAll(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The unused sessions.</summary>
    public IdleSessions Idle { get; }

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
            if (!_hops.TryGetValue(endPoint, out var places))
            {
                _hops[endPoint] = places = new HopPlaces(endPoint, _options.Current.MaxSessions, _shares);
            }

            if (places.TryTake(place, Now))
            {
                return place;
            }

            waiter = new HopWaiter(place);
            places.Wait(waiter, isComplete, Now);
            Reclaim(places, spent);
        }

        Quit(spent);
        try
        {
            await waiter.Turn.WaitAsync(_options.Current.SessionWait, _clock, cancel);
            return place;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            lock (_lock)
            {
                if (_hops.TryGetValue(endPoint, out var places) && places.StopWaiting(waiter, Now))
                {
                    Forget(endPoint, places);
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

    /// <summary>
    /// Closes unused sessions, the oldest first, as far as they and those in use are more than the next hop is given. To be called before a session is opened
    /// in a place: none of the unused ones suits it.
    /// </summary>
    public async ValueTask MakeRoomAsync(IPEndPoint endPoint, CancellationToken cancel)
    {
        List<NextHopSession> spent;
        lock (_lock)
        {
            var places = _hops[endPoint];
            spent = Idle.TakeBeyond(endPoint, Math.Max(0, places.Cap(Now) - places.InUse));
        }

        await Task.WhenAll(spent.Select(session => session.QuitAsync())).WaitAsync(cancel);
    }

    /// <summary>Gives a place up.</summary>
    public void Leave(HopPlace place)
    {
        lock (_lock)
        {
            var places = _hops[place.EndPoint];
            places.Leave(place, Now);
            Forget(place.EndPoint, places);
        }
    }

    /// <summary>The next hop has refused a further session. Lowers the number of places to what it takes.</summary>
    /// <returns>That number; null if it has no other session, so that its refusal is no matter of numbers.</returns>
    public int? Lower(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            return _hops[endPoint] is var places && places.Lower(Now) ? places.Cap(Now) : null;
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
            var places = _hops[session.EndPoint];
            if (places.Park(parked) is { } oldest)
            {
                Release(places, oldest, spent);
            }

            Reclaim(places, spent);
        }

        Quit(spent);
        return parked;
    }

    /// <summary>Takes a parked session back; false when another transaction has it, and with it the place.</summary>
    public bool TryUnpark(ParkedSession parked)
    {
        lock (_lock)
        {
            return _hops.TryGetValue(parked.Session.EndPoint, out var places) && places.Unpark(parked);
        }
    }

    /// <summary>Leaves with a session that may be of further use.</summary>
    public void Return(NextHopSession session)
    {
        var place = TakePlace(session);
        var keep = Idle.TryKeep(session);
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

    /// <summary>The next hops with which there are sessions now.</summary>
    public IReadOnlyList<HopReport> Report()
    {
        var idle = Idle.Report();
        lock (_lock)
        {
            return
            [
                .. _hops.Keys.Union(idle.Keys).Select(endPoint => _hops.TryGetValue(endPoint, out var places)
                    ? new HopReport(endPoint, places.InUse, idle.GetValueOrDefault(endPoint), places.Waiting, places.Cap(Now))
                    : new HopReport(endPoint, 0, idle.GetValueOrDefault(endPoint), 0, _options.Current.MaxSessions)),
            ];
        }
    }

    /// <summary>Closes the idle sessions; those in use are closed when they come back.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        _shares?.Renewed -= TakeShare;
        await _reclaim.DisposeAsync();
        await Idle.DisposeAsync();
    }

    private void TakeShare(IPEndPoint endPoint)
    {
        List<NextHopSession> spent = [];
        lock (_lock)
        {
            if (_hops.TryGetValue(endPoint, out var places))
            {
                places.Admit(Now);
                Reclaim(places, spent);
            }
        }

        Quit(spent);
    }

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

    private void ReclaimAll()
    {
        List<NextHopSession> spent = [];
        lock (_lock)
        {
            _isReclaimSet = false;
            foreach (var places in _hops.Values)
            {
                Reclaim(places, spent);
            }
        }

        Quit(spent);
    }

    // Needs the lock.
    private void Reclaim(HopPlaces places, List<NextHopSession> spent)
    {
        while (places.Reclaim(Now, _clock) is { } parked)
        {
            Release(places, parked, spent);
        }

        if (!_isReclaimSet && !_isDisposed && places.NextReclaim(Now, _clock) is { } due)
        {
            _isReclaimSet = true;
            _reclaim.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    // Needs the lock. The session goes among the idle ones before its place goes to a waiting transaction.
    private void Release(HopPlaces places, ParkedSession parked, List<NextHopSession> spent)
    {
        parked.Session.Place = null;
        if (!Idle.TryKeep(parked.Session))
        {
            spent.Add(parked.Session);
        }

        places.Leave(parked.Place, Now);
    }

    private void Forget(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            if (_hops.TryGetValue(endPoint, out var places))
            {
                Forget(endPoint, places);
            }
        }
    }

    // Needs the lock. The number of places that a next hop has shown to take is remembered as long as a session with it is kept.
    private void Forget(IPEndPoint endPoint, HopPlaces places)
    {
        if (places.IsUnused && !Idle.Has(endPoint))
        {
            _hops.Remove(endPoint);
        }
    }
}
