using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.TlsPolicy;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// The unused sessions that are kept open for the next transaction, by address and port of the next hop. They are closed after
/// <see cref="RelayOptions.IdleTimeout"/>. Thread-safe.
/// </summary>
internal sealed class IdleSessions : IAsyncDisposable
{
    private readonly Live<RelayOptions> _options;
    private readonly TimeProvider _clock;
    private readonly Action<IPEndPoint> _lastClosed;
    private readonly ITimer _sweep;
    private readonly Lock _lock = new();
    private readonly Dictionary<IPEndPoint, List<(NextHopSession Session, long Since)>> _kept = []; // latest last
    private bool _isSweepSet;
    private bool _isDisposed;

    /// <param name="options">How many are kept, and for how long.</param>
    /// <param name="clock">Measures that.</param>
    /// <param name="lastClosed">Called without a lock when the last session that was kept with a next hop is closed for its age.</param>
    public IdleSessions(Live<RelayOptions> options, TimeProvider clock, Action<IPEndPoint> lastClosed)
    {
        _options = options;
        _clock = clock;
        _lastClosed = lastClosed;
        _sweep = clock.CreateTimer(static sessions => ((IdleSessions)sessions!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>True when a session may carry one more transaction.</summary>
    public bool IsWorthKeeping(NextHopSession session) =>
        session.Stage is TransactionStage.None or TransactionStage.Envelope
        && !session.IsClosing
        && session.Transactions < _options.Current.MaxTransactions
        && session.Refusals < _options.Current.MaxRefusals
        && _clock.GetElapsedTime(session.OpenedAt) < _options.Current.MaxAge;

    /// <summary>Whether a session with the next hop is kept.</summary>
    public bool Has(IPEndPoint endPoint)
    {
        lock (_lock)
        {
            return _kept.ContainsKey(endPoint);
        }
    }

    /// <summary>How many sessions are kept, by next hop.</summary>
    public IReadOnlyDictionary<IPEndPoint, int> Report()
    {
        lock (_lock)
        {
            return _kept.ToDictionary(pair => pair.Key, pair => pair.Value.Count);
        }
    }

    /// <summary>Keeps a session. False: it is of no further use, or enough are kept; the caller closes it.</summary>
    public bool TryKeep(NextHopSession session)
    {
        if (!IsWorthKeeping(session))
        {
            return false;
        }

        lock (_lock)
        {
            if (!_kept.TryGetValue(session.EndPoint, out var kept))
            {
                kept = [];
            }

            if (_isDisposed || kept.Count >= _options.Current.MaxIdle)
            {
                return false;
            }

            session.Rested = true;
            kept.Add((session, _clock.GetTimestamp()));
            _kept[session.EndPoint] = kept;
            SetSweep(_options.Current.IdleTimeout);
            return true;
        }
    }

    /// <summary>Takes the session that was last used for that client, else the latest; null if there is none.</summary>
    /// <param name="target">The address, and the mail exchanger.</param>
    /// <param name="client">The client.</param>
    /// <param name="demand">What TLS the session must have. Another mail exchanger's session at the same address was checked for another name.</param>
    public NextHopSession? Take(HopTarget target, ClientFacts client, TlsDemand demand)
    {
        lock (_lock)
        {
            if (!_kept.TryGetValue(target.EndPoint, out var kept))
            {
                return null;
            }

            var index = kept.FindLastIndex(k => k.Session.Client == client && Suits(k.Session));
            index = index < 0 ? kept.FindLastIndex(k => Suits(k.Session)) : index;
            if (index < 0)
            {
                return null;
            }

            var session = kept[index].Session;
            kept.RemoveAt(index);
            if (kept.Count == 0)
            {
                _kept.Remove(target.EndPoint);
            }

            return session;
        }

        bool Suits(NextHopSession session) => !demand.NeedsTls || (session.Host.Name == target.Host.Name && session.Satisfies(demand));
    }

    /// <summary>Takes the sessions that were unused for longest, until so many are left.</summary>
    public List<NextHopSession> TakeBeyond(IPEndPoint endPoint, int most)
    {
        lock (_lock)
        {
            if (!_kept.TryGetValue(endPoint, out var kept) || kept.Count <= most)
            {
                return [];
            }

            var taken = kept[..^most].ConvertAll(k => k.Session);
            kept.RemoveRange(0, taken.Count);
            if (kept.Count == 0)
            {
                _kept.Remove(endPoint);
            }

            return taken;
        }
    }

    /// <summary>Closes the sessions; none is kept from now on.</summary>
    public async ValueTask DisposeAsync()
    {
        List<NextHopSession> all;
        lock (_lock)
        {
            _isDisposed = true;
            all = TakeWhere(_ => true);
        }

        await _sweep.DisposeAsync();
        await Task.WhenAll(all.Select(session => session.QuitAsync()));
    }

    private void Sweep()
    {
        List<NextHopSession> due;
        lock (_lock)
        {
            _isSweepSet = false;
            due = TakeWhere(since => _clock.GetElapsedTime(since) >= _options.Current.IdleTimeout);
            if (_kept.Count > 0)
            {
                SetSweep(_options.Current.IdleTimeout / 2);
            }
        }

        foreach (var session in due)
        {
            _ = session.QuitAsync();
            if (!Has(session.EndPoint))
            {
                _lastClosed(session.EndPoint);
            }
        }
    }

    // Needs the lock.
    private List<NextHopSession> TakeWhere(Predicate<long> isDue)
    {
        var taken = new List<NextHopSession>();
        foreach (var (endPoint, kept) in _kept.ToList())
        {
            taken.AddRange(kept.Where(k => isDue(k.Since)).Select(k => k.Session));
            if (kept.RemoveAll(k => isDue(k.Since)) > 0 && kept.Count == 0)
            {
                _kept.Remove(endPoint);
            }
        }

        return taken;
    }

    // Needs the lock.
    private void SetSweep(TimeSpan after)
    {
        if (!_isSweepSet && !_isDisposed)
        {
            _isSweepSet = true;
            _sweep.Change(after, Timeout.InfiniteTimeSpan);
        }
    }
}
