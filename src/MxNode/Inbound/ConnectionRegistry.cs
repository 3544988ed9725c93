using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The SMTP connections that are open, by host, site and region. A share of the places is kept for trusted hosts. When no place is free,
/// an idle connection before MAIL gives way: one of the host, then the site, then the region that holds most, if that is more than the
/// new connection's own would then hold. So a host with many connections cannot keep other hosts out.
/// </summary>
/// <param name="places">The most connections.</param>
/// <param name="time">Measures how long a busy host is set aside.</param>
internal sealed class ConnectionRegistry(Live<SmtpOptions> options, int places, TimeProvider time)
{
    // Idle times shrink from this share of the places on, down to the floor when the last place is taken.
    private const double PressureFrom = 0.75;
    private static readonly TimeSpan IdleFloor = TimeSpan.FromSeconds(30);

    // One place in so many is for trusted hosts only.
    private const int TrustedShare = 10;

    private static readonly TimeSpan BusyFor = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IpBlock, List<Place>> _hosts = [];
    private readonly Dictionary<IpBlock, int> _sites = [];
    private readonly Dictionary<IpBlock, int> _regions = [];
    private readonly PriorityQueue<IpBlock, Rank> _largest = new();
    private readonly Queue<(IpBlock Host, long At)> _busy = new();
    private readonly int _untrustedPlaces = places - (places / TrustedShare);
    private int _count;
    private int _untrusted;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes a connection in, or says why not. Trusted hosts have no limit of their own.</summary>
    public RefusalReason? TryAdd(SmtpWire wire, Session session)
    {
        lock (_lock)
        {
            var host = session.Block;
            var rank = RankOf(host).PlusOne;
            var limits = options.Current;
            if (!session.IsTrusted && (rank.Host > limits.MaxConnectionsPerBlock || rank.Site > limits.MaxConnectionsPerSite || rank.Region > limits.MaxConnectionsPerRegion))
            {
                return RefusalReason.TooManyConnectionsFromBlock;
            }

            var isFull = _count >= places || (!session.IsTrusted && _untrusted >= _untrustedPlaces);
            if (isFull && !DropOne(session.IsTrusted ? Rank.Least : rank))
            {
                return RefusalReason.TooManyConnections;
            }

            if (!_hosts.TryGetValue(host, out var held))
            {
                _hosts[host] = held = new List<Place>(1);
            }

            held.Add(new Place(wire, session, session.IsTrusted));
            Note(host, session.IsTrusted, 1);
            return null;
        }
    }

    /// <summary>Removes a connection. A connection that was dropped is already removed.</summary>
    public void Remove(SmtpWire wire, Session session)
    {
        lock (_lock)
        {
            if (_hosts.TryGetValue(session.Block, out var held) && held.FindIndex(p => p.Wire == wire) is >= 0 and var index)
            {
                RemoveAt(session.Block, held, index);
            }
        }
    }

    /// <summary>An idle time, shortened as connections run out.</summary>
    public TimeSpan Shorten(TimeSpan idle)
    {
        var used = (double)Count / places;
        return used <= PressureFrom || idle <= IdleFloor
            ? idle
            : IdleFloor + ((idle - IdleFloor) * Math.Max(0, (1 - used) / (1 - PressureFrom)));
    }

    // Needs the lock. Each host waits in the queue under the rank it had when it last gained or lost a connection; one whose rank has changed
    // since is put back under what it has now. A host all of whose connections are busy is set aside for a while: otherwise every newcomer would
    // walk through all busy hosts while the lock keeps all others waiting.
    private bool DropOne(Rank newcomer)
    {
        while (_busy.TryPeek(out var rested) && time.GetElapsedTime(rested.At) >= BusyFor)
        {
            _busy.Dequeue();
            _largest.Enqueue(rested.Host, RankOf(rested.Host));
        }

        while (_largest.TryDequeue(out var host, out var queued))
        {
            if (!_hosts.TryGetValue(host, out var held))
            {
                continue;
            }

            var rank = RankOf(host);
            if (rank.CompareTo(queued) != 0)
            {
                _largest.Enqueue(host, rank);
                continue;
            }

            if (!rank.IsLargerThan(newcomer))
            {
                _largest.Enqueue(host, rank);
                return false;
            }

            var victim = held.FindIndex(p => p.GivesWay);
            if (victim < 0)
            {
                _busy.Enqueue((host, time.GetTimestamp()));
                continue;
            }

            held[victim].Wire.Abort();
            RemoveAt(host, held, victim);
            return true;
        }

        return false;
    }

    // Needs the lock.
    private void RemoveAt(IpBlock host, List<Place> held, int index)
    {
        var trusted = held[index].Trusted;
        held.RemoveAt(index);
        if (held.Count == 0)
        {
            _hosts.Remove(host);
        }

        Note(host, trusted, -1);
    }

    // Needs the lock. The queue keeps at most a few old entries a host.
    private void Note(IpBlock host, bool trusted, int step)
    {
        _count += step;
        if (trusted)
        {
            return;
        }

        _untrusted += step;
        Add(_sites, host.Site, step);
        Add(_regions, host.Region, step);
        if (_largest.Count > 4 * (_hosts.Count + 16))
        {
            _largest.Clear();
            _largest.EnqueueRange(_hosts.Keys.Select(h => (h, RankOf(h))));
        }
        else
        {
            _largest.Enqueue(host, RankOf(host));
        }
    }

    private static void Add(Dictionary<IpBlock, int> counts, IpBlock block, int step)
    {
        var count = counts.GetValueOrDefault(block) + step;
        if (count == 0)
        {
            counts.Remove(block);
        }
        else
        {
            counts[block] = count;
        }
    }

    private Rank RankOf(IpBlock host) => new(
        _hosts.GetValueOrDefault(host)?.Count(p => !p.Trusted) ?? 0, _sites.GetValueOrDefault(host.Site), _regions.GetValueOrDefault(host.Region));

    private readonly record struct Place(SmtpWire Wire, Session Session, bool Trusted)
    {
        public bool GivesWay => !Trusted && Session is { Transaction: null, OwesReply: false };
    }

    /// <summary>Untrusted connections of a host and of the blocks around it. The largest comes first in a queue.</summary>
    private readonly record struct Rank(int Host, int Site, int Region) : IComparable<Rank>
    {
        public static Rank Least => default;

        public Rank PlusOne => new(Host + 1, Site + 1, Region + 1);

        public int CompareTo(Rank other) => (other.Host, other.Site, other.Region).CompareTo((Host, Site, Region));

        public bool IsLargerThan(Rank other) => CompareTo(other) < 0;
    }
}
