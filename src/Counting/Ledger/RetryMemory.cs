using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting;

/// <summary>
/// Remembers which envelopes (host block, reverse-path, recipient) were tried and not yet delivered. A fixed array of
/// 8-octet entries: 48 bits of a keyed hash, and 16 bits of time. Eight entries are a set; in a full one the oldest goes.
/// </summary>
/// <remarks>
/// Thread-safe without locks: entries are written whole, and a lost race only makes a retry weigh whole.
/// Times are in steps of 4 s and wrap after three days, so <see cref="Sweep"/> must run at least once a day.
/// </remarks>
internal sealed class RetryMemory
{
    private const int Ways = 8;
    private const int TimeBits = 16;
    private const int Step = 4 * Stamp.PerSecond;

    /// <summary>
    /// What comes again sooner than this is no retry but a message sent in parallel, and weighs whole; else a burst of one
    /// envelope would count as a quarter of itself. It is the shortest time a deferred sender is told to wait.
    /// </summary>
    private const int MinAge = 60 * Stamp.PerSecond / Step;

    private readonly ulong[] _entries;
    private readonly int _maxAge;
    private readonly ulong _first = Secret.Word();
    private readonly ulong _second = Secret.OddWord();

    /// <param name="maxEnvelopes">Entries, 8 octets each.</param>
    /// <param name="window">How long after an attempt another one is a retry; up to a day.</param>
    public RetryMemory(int maxEnvelopes, TimeSpan window)
    {
        _entries = new ulong[(maxEnvelopes + Ways - 1) / Ways * Ways];
        _maxAge = (int)(window.TotalSeconds * Stamp.PerSecond / Step);
    }

    /// <summary>The keyed hash of an envelope: host block, reverse-path and recipient.</summary>
    /// <param name="host">The host block.</param>
    /// <param name="reversePath">A hash of the reverse-path, by a secret of the process; 0 for the null reverse-path.</param>
    /// <param name="recipient">A hash of the recipient, by the same secret.</param>
    public ulong Hash(IpBlock host, ulong reversePath, ulong recipient) => Mix(Mix(Mix(host.Key ^ _first) ^ reversePath) ^ recipient);

    /// <summary>Notes an attempt; true when it is a retry.</summary>
    public bool Note(ulong envelope, uint now)
    {
        var set = SetOf(envelope);
        var (time, tag) = (TimeOf(now), Tag(envelope));
        var (oldest, oldestAge) = (0, -1);
        for (var i = 0; i < set.Length; i++)
        {
            var entry = Volatile.Read(ref set[i]);
            var age = entry == 0 ? int.MaxValue : Age(entry, time);
            if (entry != 0 && entry >> TimeBits == tag)
            {
                Volatile.Write(ref set[i], (tag << TimeBits) | time);
                return age >= MinAge && age <= _maxAge;
            }

            if (age > oldestAge)
            {
                (oldest, oldestAge) = (i, age);
            }
        }

        Volatile.Write(ref set[oldest], (tag << TimeBits) | time);
        return false;
    }

    /// <summary>Forgets an envelope: it was delivered, and the next of the same kind is a new message.</summary>
    public void Forget(ulong envelope)
    {
        var tag = Tag(envelope);
        foreach (ref var entry in SetOf(envelope))
        {
            if (Volatile.Read(ref entry) >> TimeBits == tag)
            {
                Volatile.Write(ref entry, 0);
            }
        }
    }

    /// <summary>Forgets what is too old to be retried.</summary>
    public void Sweep(uint now)
    {
        var time = TimeOf(now);
        foreach (ref var entry in _entries.AsSpan())
        {
            if (entry != 0 && Age(entry, time) > _maxAge)
            {
                Volatile.Write(ref entry, 0);
            }
        }
    }

    /// <summary>Not zero, so that no entry is taken for an empty one.</summary>
    private static ulong Tag(ulong envelope) => (envelope >> TimeBits) | 1;

    private static ulong TimeOf(uint now) => (ushort)(now / Step);

    private static int Age(ulong entry, ulong time) => (ushort)(time - entry);

    private ulong Mix(ulong word)
    {
        var high = Math.BigMul(word, _second, out var low);
        return high ^ low;
    }

    private Span<ulong> SetOf(ulong envelope)
    {
        var sets = (ulong)(_entries.Length / Ways);
        return _entries.AsSpan((int)Math.BigMul(envelope, sets, out _) * Ways, Ways);
    }
}
