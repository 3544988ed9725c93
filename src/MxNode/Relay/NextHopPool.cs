using System.Net;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Sessions nobody uses at the moment, and how many are in use, by address and port of the next hop. Whoever wants a session
/// enters, takes an idle one or opens one, and leaves by giving it back or by discarding it.
/// </summary>
internal sealed class NextHopPool : IAsyncDisposable
{
    private readonly RelayOptions _options;
    private readonly TimeProvider _clock;
    private readonly ITimer _sweep;
    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, Hop> _hops = [];
    private bool _sweepSet;
    private bool _disposed;

    public NextHopPool(RelayOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        _sweep = clock.CreateTimer(static pool => ((NextHopPool)pool!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
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

    /// <summary>Leaves with a session that may be of further use.</summary>
    public void Return(NextHopSession session)
    {
        var keep = false;
        lock (_lock)
        {
            var idle = _hops[session.EndPoint].Idle;
            if (!_disposed && idle.Count < _options.MaxIdle && IsWorthKeeping(session))
            {
                keep = true;
                session.Rested = true;
                idle.Add(new Kept(session, _clock.GetTimestamp()));
                SetSweep(_options.IdleTimeout);
            }
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

        public LinkedList<TaskCompletionSource> Waiting { get; } = [];
    }
}
