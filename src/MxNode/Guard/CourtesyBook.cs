using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Counts the mails that hosts tried directly, each mail once, however many recipients it asks for. Thread-safe. Holds a bounded
/// number of hosts for a day after their last try; when it is full, newcomers are not counted, and so never run out of courtesies.
/// </summary>
internal sealed class CourtesyBook(int courtesy, TimeProvider time, int capacity = CourtesyBook.Capacity)
{
    /// <summary>Hosts: some 20 MB of them.</summary>
    public const int Capacity = 100_000;

    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    // To look through a full book takes a while, and a flood brings thousands a second.
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly Dictionary<IpBlock, Page> _pages = [];
    private readonly Lock _lock = new();
    private long? _swept;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _pages.Count;
            }
        }
    }

    /// <summary>Notes a mail; false when the host has had its courtesies, and this mail was none of them.</summary>
    /// <param name="host">Who tries.</param>
    /// <param name="mail">What its mail server calls this mail; the same for all its recipients.</param>
    public bool TryGrant(IpBlock host, string mail)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (!_pages.TryGetValue(host, out var page) || time.GetElapsedTime(page.Touched, now) > Life)
            {
                if (page is null && _pages.Count >= capacity && !Sweep(now))
                {
                    return true;
                }

                _pages[host] = page = new Page();
            }

            page.Touched = now;
            var hash = mail.GetHashCode(StringComparison.Ordinal); // keyed with a secret of the process
            if (page.Mails.Contains(hash))
            {
                return true;
            }

            if (page.Mails.Count >= courtesy)
            {
                return false;
            }

            page.Mails.Add(hash);
            return true;
        }
    }

    /// <summary>Forgets a host: it has found the right way.</summary>
    public void Forget(IpBlock host)
    {
        lock (_lock)
        {
            _pages.Remove(host);
        }
    }

    // Needs the lock. Whether there is room now.
    private bool Sweep(long now)
    {
        if (_swept is { } swept && time.GetElapsedTime(swept, now) < SweepEvery)
        {
            return false;
        }

        _swept = now;
        foreach (var (host, page) in _pages)
        {
            if (time.GetElapsedTime(page.Touched, now) > Life)
            {
                _pages.Remove(host);
            }
        }

        return _pages.Count < capacity;
    }

    private sealed class Page
    {
        public List<int> Mails { get; } = [];

        public long Touched { get; set; }
    }
}
