using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster.News;

namespace ThrottleNet.MxNode.Guard;

/// <summary>
/// Counts the courtesies of hosts that came direct: deferrals that tell an unknown host where to send. All its mails within
/// <c>Guard:CourtesyInterval</c> are one courtesy, because a mail server whose connection to the relays failed comes here with its whole
/// queue, and remembers that for up to half an hour (Exim, sendmail). Thread-safe. Holds a bounded number of hosts, each for a day
/// after its last mail; when it is full, new hosts are not counted, and so always get the courtesy.
/// </summary>
/// <param name="courtesy">Courtesies that a host gets.</param>
/// <param name="interval">A host's courtesies are at least this far apart.</param>
/// <param name="time">The clock.</param>
/// <param name="capacity">The most hosts.</param>
/// <param name="news">Takes what this guard counts to the other guards of its cluster, so that a host gets its courtesies once; null without a cluster.</param>
internal sealed class CourtesyBook(
    int courtesy, TimeSpan interval, TimeProvider time, int capacity = CourtesyBook.Capacity, NewsBuffer<CourtesyNote>? news = null)
{
    /// <summary>Hosts: about 20 MB.</summary>
    public const int Capacity = 100_000;

    /// <summary>Mails that one courtesy covers. A host that brings more at once is counted again.</summary>
    public const int MailsPerCourtesy = 100;

    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    // Looking through a full book takes a while, and a flood brings thousands of hosts a second.
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

    /// <summary>Notes a mail.</summary>
    /// <param name="host">The client's block.</param>
    /// <param name="mail">The mail server's id of the mail: the same for all its recipients.</param>
    /// <returns>Whether the host still gets a courtesy.</returns>
    public bool TryGrant(IpBlock host, string mail)
    {
        var hash = HashOf(mail);
        lock (_lock)
        {
            return TryGrantUnderLock(host, hash, isOwn: true);
        }
    }

    /// <summary>Forgets a host, because it has sent through the network.</summary>
    public void Forget(IpBlock host)
    {
        lock (_lock)
        {
            if (_pages.Remove(host))
            {
                news?.Add(new CourtesyNote(AddressOf(host), Now));
            }
        }
    }

    /// <summary>Takes over what another guard of the cluster counted.</summary>
    public void Take(CourtesyNote note)
    {
        if (!IPAddress.TryParse(note.Host, out var address))
        {
            return;
        }

        var host = IpBlock.Of(address);
        lock (_lock)
        {
            if (note.Page is { } page)
            {
                TakeUnderLock(host, page, note.At);
            }
            else if (_pages.GetValueOrDefault(host)?.TakenAt >= note.At)
            {
                // The page that was taken over has it.
            }
            else if (note.Mail is { } mail)
            {
                TryGrantUnderLock(host, mail, isOwn: false);
            }
            else
            {
                _pages.Remove(host);
            }
        }
    }

    /// <summary>All pages, for a node that joins.</summary>
    public IReadOnlyList<CourtesyNote> ReadAll()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            return
            [
                .. _pages.Where(p => time.GetElapsedTime(p.Value.LastMail, now) <= Life).Select(p => new CourtesyNote(
                    AddressOf(p.Key),
                    Now,
                    Page: new CourtesyPage(p.Value.Courtesies, p.Value.Mails, time.GetElapsedTime(p.Value.CountedAt, now), time.GetElapsedTime(p.Value.LastMail, now)))),
            ];
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    // The same at all nodes of a cluster.
    private static int HashOf(string mail) => BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(mail)));

    private static string AddressOf(IpBlock host) => host.ToNetwork().BaseAddress.ToString();

    // The page with more courtesies is the one that missed less.
    private void TakeUnderLock(IpBlock host, CourtesyPage page, long at)
    {
        var now = time.GetTimestamp();
        if (page.LastMailAgo > Life || page.CountedAgo < TimeSpan.Zero || page.LastMailAgo < TimeSpan.Zero
            || (_pages.TryGetValue(host, out var own) ? (own.Courtesies, own.Mails).CompareTo((page.Courtesies, page.Mails)) >= 0 : _pages.Count >= capacity))
        {
            return;
        }

        own ??= _pages[host] = new Page();
        own.TakenAt = at;
        (own.Courtesies, own.Mails) = (page.Courtesies, page.Mails);
        (own.CountedAt, own.LastMail) = (Before(now, page.CountedAgo), Before(now, page.LastMailAgo));
    }

    private long Before(long now, TimeSpan ago) => now - (long)(ago.TotalSeconds * time.TimestampFrequency);

    private bool TryGrantUnderLock(IpBlock host, int hash, bool isOwn)
    {
        var now = time.GetTimestamp();
        if (!_pages.TryGetValue(host, out var page) || time.GetElapsedTime(page.LastMail, now) > Life)
        {
            if (page is null && _pages.Count >= capacity && !SweepUnderLock(now))
            {
                return true;
            }

            _pages[host] = page = new Page { CountedAt = now, Courtesies = 1 };
        }

        page.LastMail = now;
        if (page.IsGranted(hash))
        {
            return true;
        }

        if (isOwn)
        {
            news?.Add(new CourtesyNote(AddressOf(host), Now, hash));
        }

        page.Mails++;
        if (page.Mails > MailsPerCourtesy || (page.Mails > 1 && time.GetElapsedTime(page.CountedAt, now) >= interval))
        {
            page.Courtesies++;
            page.CountedAt = now;
            page.Mails = 1;
        }

        if (page.Courtesies > courtesy)
        {
            return false;
        }

        page.Grant(hash);
        return true;
    }

    /// <returns>Whether there is room now.</returns>
    private bool SweepUnderLock(long now)
    {
        if (_swept is { } swept && time.GetElapsedTime(swept, now) < SweepEvery)
        {
            return false;
        }

        _swept = now;
        foreach (var (host, page) in _pages)
        {
            if (time.GetElapsedTime(page.LastMail, now) > Life)
            {
                _pages.Remove(host);
            }
        }

        return _pages.Count < capacity;
    }

    private sealed class Page
    {
        // Hashes of the last mails that got the courtesy: all recipients of a mail are answered alike, and a mail server asks for several
        // mails alternately, one for each of its processes.
        private readonly int[] _granted = new int[8];
        private int _next;

        public int Courtesies { get; set; }

        /// <summary>Mails since the last courtesy was counted.</summary>
        public int Mails { get; set; }

        public long CountedAt { get; set; }

        public long LastMail { get; set; }

        /// <summary>When another guard wrote the page that was taken over, milliseconds since 1970; null: none was.</summary>
        public long? TakenAt { get; set; }

        public bool IsGranted(int mail) => _granted.AsSpan().Contains(mail);

        public void Grant(int mail) => _granted[_next++ % _granted.Length] = mail;
    }
}
