using System.Net;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// The places for sessions in use with one next hop: how many there are, and which transactions have one or wait for one. Needs its owner's lock.
/// <list type="bullet">
/// <item>Trusted clients come first, and a quarter of the places is theirs alone.</item>
/// <item>A session that waits for its untrusted client (parked) loses its place at once when a transaction waits for one; a trusted client's
/// after <see cref="TrustedParkTime"/>.</item>
/// <item>Untrusted clients of one host, and of one site, may park few sessions; the oldest gives way.</item>
/// <item>A next hop that refuses further sessions gets no more than it took, and twice as many after each minute that passes. So one that refused
/// because it was restarting has all its sessions back within minutes. Of a cluster's sessions this node then asks for no more than these.</item>
/// </list>
/// </summary>
internal sealed class HopPlaces(IPEndPoint endPoint, int most, IHopShares? shares)
{
    /// <summary>A trusted client that goes on within this time keeps its session even when places are short.</summary>
    public static readonly TimeSpan TrustedParkTime = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan DoubleEvery = TimeSpan.FromMinutes(1);

    private readonly LinkedList<HopWaiter> _trusted = [];
    private readonly LinkedList<HopWaiter> _untrusted = [];
    private readonly List<ParkedSession> _parked = []; // longest first
    private readonly int _most = most;
    private int _cap = most;
    private TimeSpan _cappedAt;
    private int _inUse;
    private int _untrustedInUse;

    public bool IsUnused => _inUse == 0 && !HasWaiters;

    public bool HasWaiters => Waiting > 0;

    /// <summary>Transactions that wait for a place.</summary>
    public int Waiting => _trusted.Count + _untrusted.Count;

    /// <summary>Places that are taken.</summary>
    public int InUse => _inUse;

    private int MaxParkedByHost => Math.Max(1, _most / 10);

    private int MaxParkedBySite => Math.Max(1, _most / 4);

    /// <summary>Takes a place, if there is one.</summary>
    public bool TryTake(HopPlace place, TimeSpan now)
    {
        var taken = TryAdd(place, now);
        if (taken)
        {
            Report(now);
        }

        return taken;
    }

    /// <summary>Puts a waiter behind those of its kind (trusted or not), or before them.</summary>
    public void Wait(HopWaiter waiter, bool first, TimeSpan now)
    {
        var queue = waiter.Place.IsTrusted ? _trusted : _untrusted;
        _ = first ? queue.AddFirst(waiter) : queue.AddLast(waiter);
        Report(now);
    }

    /// <summary>False: the waiter has its place already.</summary>
    public bool StopWaiting(HopWaiter waiter, TimeSpan now)
    {
        var removed = (waiter.Place.IsTrusted ? _trusted : _untrusted).Remove(waiter);
        Report(now);
        return removed;
    }

    /// <summary>Gives a place up; waiting transactions get it.</summary>
    public void Leave(HopPlace place, TimeSpan now)
    {
        _inUse--;
        _untrustedInUse -= place.IsTrusted ? 0 : 1;
        Admit(now);
    }

    /// <summary>Waiting transactions get the places that are free: one was given up, or the cap has risen.</summary>
    public void Admit(TimeSpan now)
    {
        while (_trusted.First is { } next && TryAdd(next.Value.Place, now))
        {
            _trusted.RemoveFirst();
            next.Value.Grant();
        }

        while (_untrusted.First is { } next && TryAdd(next.Value.Place, now))
        {
            _untrusted.RemoveFirst();
            next.Value.Grant();
        }

        Report(now);
    }

    /// <summary>The next hop has refused one more session than it has now. False: it has no other session.</summary>
    public bool Lower(TimeSpan now)
    {
        if (_inUse <= 1)
        {
            return false;
        }

        _cap = _inUse - 1;
        _cappedAt = now;
        Report(now);
        return true;
    }

    /// <summary>How many sessions the next hop is given now.</summary>
    public int Cap(TimeSpan now) => Math.Min(shares?.Of(endPoint) ?? _most, Taken(now));

    /// <summary>Parks a session.</summary>
    /// <returns>A session of the same host or site that has to give way; null if none has.</returns>
    public ParkedSession? Park(ParkedSession parked)
    {
        _parked.Add(parked);
        if (parked.Place.IsTrusted)
        {
            return null;
        }

        var host = _parked.FindAll(p => !p.Place.IsTrusted && p.Place.Host == parked.Place.Host);
        var site = _parked.FindAll(p => !p.Place.IsTrusted && p.Place.Host.Site == parked.Place.Host.Site);
        var oldest = host.Count > MaxParkedByHost ? host[0] : site.Count > MaxParkedBySite ? site[0] : null;
        return oldest is not null && _parked.Remove(oldest) ? oldest : null;
    }

    /// <summary>False: another transaction has the session, and with it the place.</summary>
    public bool Unpark(ParkedSession parked) => _parked.Remove(parked);

    /// <summary>
    /// Takes a parked session whose place a waiting transaction needs, or which is one more than the cap; null if there is none. Its place is still to be left.
    /// </summary>
    public ParkedSession? Reclaim(TimeSpan now, TimeProvider clock)
    {
        var isOver = _inUse > Cap(now);
        if (!HasWaiters && !isOver)
        {
            return null;
        }

        var due = _parked.Find(p => !p.Place.IsTrusted)
            ?? (isOver || MayTakeTrusted(now) ? _parked.Find(p => clock.GetElapsedTime(p.Since) >= TrustedParkTime) : null);
        return due is not null && _parked.Remove(due) ? due : null;
    }

    /// <summary>How long until a trusted client's parked session has to give way; null if no transaction waits that could have its place.</summary>
    public TimeSpan? NextReclaim(TimeSpan now, TimeProvider clock) =>
        HasWaiters && MayTakeTrusted(now) && _parked.Find(p => p.Place.IsTrusted) is { } oldest ? TrustedParkTime - clock.GetElapsedTime(oldest.Since) : null;

    private bool TryAdd(HopPlace place, TimeSpan now)
    {
        if (!HasRoom(place.IsTrusted, now))
        {
            return false;
        }

        _inUse++;
        _untrustedInUse += place.IsTrusted ? 0 : 1;
        return true;
    }

    // As many as the next hop is thought to take from this node.
    private int Taken(TimeSpan now) => (int)Math.Min(_most, _cap * Math.Pow(2, (now - _cappedAt).Ticks / DoubleEvery.Ticks));

    private void Report(TimeSpan now)
    {
        // Of the places, a quarter is for trusted clients alone.
        var untrusted = _untrustedInUse + _untrusted.Count;
        shares?.Report(endPoint, _inUse, Math.Min(Taken(now), Math.Max(_inUse + Waiting, untrusted + ((untrusted - 1) / 3))));
    }

    // Whether a waiting transaction could have the place of a trusted client's session.
    private bool MayTakeTrusted(TimeSpan now) => _trusted.Count > 0 || HasUntrustedRoom(now);

    private bool HasRoom(bool isTrusted, TimeSpan now) => _inUse < Cap(now) && (isTrusted || HasUntrustedRoom(now));

    private bool HasUntrustedRoom(TimeSpan now) => Cap(now) is var cap && _untrustedInUse < cap - (cap / 4);
}
