namespace ThrottleNet.Counting;

/// <summary>
/// Remembers which envelopes (host block, reverse-path, recipient) were tried and not yet delivered, and how long the reply asked the sender to wait.
/// A fixed array of 8-octet entries: 38 bits of a keyed hash, 10 bits of minutes to wait, 16 bits of time. Eight entries are a set; in a full set the oldest is evicted.
/// </summary>
/// <remarks>
/// Thread-safe without locks: entries are written whole, and a lost race only makes a retry count whole.
/// Times are in steps of 4 s and wrap after three days, so <see cref="Sweep"/> must run at least once a day.
/// </remarks>
internal sealed class RetryMemory
{
    /// <summary>Entries that were not swept for longer than this may look new, since times wrap.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(1);

    /// <summary>The state of an envelope that passed and was not delivered yet; a smaller state is a wait in minutes.</summary>
    public const ushort PassedState = (1 << WaitBits) - 1;

    private const int Ways = 8;
    private const int TimeBits = 16;
    private const int WaitBits = 10;
    private const int TagShift = TimeBits + WaitBits;
    private const int Passed = PassedState;
    private const int MaxWait = Passed - 1;
    private const int Step = 4000;
    private const int StepsAMinute = 60_000 / Step;

    /// <summary>
    /// An envelope that comes again sooner is a message sent in parallel, not a retry, and counts whole. Otherwise a burst of one envelope
    /// would count a quarter of what it is. Equal to the shortest wait that a reply asks for.
    /// </summary>
    private const int MinAge = StepsAMinute;

    private readonly ulong[] _entries;
    private readonly int _window;

    /// <param name="maxEnvelopes">Entries, 8 octets each.</param>
    /// <param name="window">How long after an attempt, or after its wait, another one is a retry; up to a day.</param>
    public RetryMemory(int maxEnvelopes, TimeSpan window)
        : this(maxEnvelopes, window, RetrySecret.Random())
    {
    }

    /// <param name="key">The key of the envelopes' hashes.</param>
    public RetryMemory(int maxEnvelopes, TimeSpan window, RetrySecret key)
    {
        _entries = new ulong[(maxEnvelopes + Ways - 1) / Ways * Ways];
        _window = (int)(window.TotalMilliseconds / Step);
        Key = key;
    }

    /// <summary>The key of the envelopes' hashes.</summary>
    public RetrySecret Key { get; }

    /// <summary>Notes an attempt, and tells whether it is a retry.</summary>
    public AttemptKind Note(ulong envelope, long now)
    {
        var set = SetOf(envelope);
        var (time, tag) = (TimeOf(now), Tag(envelope));
        var (oldest, oldestAge) = (0, -1);
        for (var i = 0; i < set.Length; i++)
        {
            var entry = Volatile.Read(ref set[i]);
            var age = entry == 0 ? int.MaxValue : Age(entry, time);
            if (entry != 0 && entry >> TagShift == tag)
            {
                Volatile.Write(ref set[i], (tag << TagShift) | time);
                var wait = WaitOf(entry);
                return age < MinAge || age > _window + wait ? AttemptKind.New
                    : HasPassed(entry) ? AttemptKind.Undelivered
                    : age >= wait ? AttemptKind.Patient : AttemptKind.Impatient;
            }

            if (age > oldestAge)
            {
                (oldest, oldestAge) = (i, age);
            }
        }

        Volatile.Write(ref set[oldest], (tag << TagShift) | time);
        return AttemptKind.New;
    }

    /// <summary>Notes how long the reply to a deferred envelope asked the sender to wait.</summary>
    /// <returns>The noted wait in minutes.</returns>
    public ushort Defer(ulong envelope, TimeSpan wait)
    {
        var minutes = (ushort)Math.Clamp((int)wait.TotalMinutes, 0, MaxWait);
        Mark(envelope, minutes);
        return minutes;
    }

    /// <summary>Notes that an envelope has passed, and that its host has been charged for it. It is forgotten when it is delivered.</summary>
    public void Pass(ulong envelope) => Mark(envelope, Passed);

    /// <summary>Forgets an envelope: it was delivered, and the next of the same kind is a new message.</summary>
    public void Forget(ulong envelope)
    {
        var tag = Tag(envelope);
        foreach (ref var entry in SetOf(envelope))
        {
            if (Volatile.Read(ref entry) >> TagShift == tag)
            {
                Volatile.Write(ref entry, 0);
            }
        }
    }

    /// <summary>Takes over what another node remembers of an envelope, unless this node has a later attempt of it.</summary>
    public void Take(in RetryNote note, long now)
    {
        if (now - note.Time > (long)MaxAge.TotalMilliseconds)
        {
            return;
        }

        var (tag, time) = (Tag(note.Envelope), TimeOf(Math.Min(note.Time, now)));
        var set = SetOf(note.Envelope);
        ref var place = ref set[0];
        var oldestAge = -1;
        foreach (ref var held in set)
        {
            var entry = Volatile.Read(ref held);
            if (entry != 0 && entry >> TagShift == tag)
            {
                if ((short)(time - entry) >= 0)
                {
                    Volatile.Write(ref held, note.State == RetryNote.Forgotten ? 0 : EntryOf(tag, note.State, time));
                }

                return;
            }

            var age = entry == 0 ? int.MaxValue : Age(entry, TimeOf(now));
            if (age > oldestAge)
            {
                place = ref held;
                oldestAge = age;
            }
        }

        if (note.State != RetryNote.Forgotten)
        {
            Volatile.Write(ref place, EntryOf(tag, note.State, time));
        }
    }

    /// <summary>Takes over the entries of another node's memory, as <see cref="Export"/> gave them there. It must have the same secret and size.</summary>
    /// <returns>False if it has another secret or size, or the words are damaged.</returns>
    public bool Merge(ReadOnlySpan<ulong> words, long now)
    {
        if (!IsOfSize(words) || new RetrySecret(words[0], words[1]) != Key)
        {
            return false;
        }

        for (words = words[3..]; !words.IsEmpty; words = words[2..])
        {
            if (words[0] < (ulong)_entries.Length && words[1] != 0)
            {
                MergeInto(_entries.AsSpan((int)words[0] / Ways * Ways, Ways), words[1], TimeOf(now));
            }
        }

        return true;
    }

    /// <summary>Forgets envelopes that are too old to be retried.</summary>
    public void Sweep(long now)
    {
        var time = TimeOf(now);
        foreach (ref var entry in _entries.AsSpan())
        {
            if (entry != 0 && Age(entry, time) > _window + WaitOf(entry))
            {
                Volatile.Write(ref entry, 0);
            }
        }
    }

    /// <summary>An empty memory of the same size under another key.</summary>
    public RetryMemory Emptied(RetrySecret key) => new(_entries.Length, TimeSpan.FromMilliseconds((double)_window * Step), key);

    /// <summary>The memory as words: two secrets, the size, then the place and the content of each entry.</summary>
    public ulong[] Export()
    {
        var words = new List<ulong> { Key.First, Key.Second, (ulong)_entries.Length };
        for (var i = 0; i < _entries.Length; i++)
        {
            if (Volatile.Read(ref _entries[i]) is var entry && entry != 0)
            {
                words.Add((ulong)i);
                words.Add(entry);
            }
        }

        return [.. words];
    }

    /// <summary>A memory as <see cref="Export"/> gave it, or an empty one if its size is not this or the words are damaged.</summary>
    public static RetryMemory Import(ReadOnlySpan<ulong> words, int maxEnvelopes, TimeSpan window)
    {
        var memory = new RetryMemory(maxEnvelopes, window);
        if (!memory.IsOfSize(words))
        {
            return memory;
        }

        memory = new RetryMemory(maxEnvelopes, window, new RetrySecret(words[0], words[1] | 1));
        for (words = words[3..]; !words.IsEmpty; words = words[2..])
        {
            if (words[0] < (ulong)memory._entries.Length)
            {
                memory._entries[words[0]] = words[1];
            }
        }

        return memory;
    }

    private bool IsOfSize(ReadOnlySpan<ulong> words) => words.Length >= 3 && words.Length % 2 == 1 && words[2] == (ulong)_entries.Length;

    private static ulong EntryOf(ulong tag, ulong state, ulong time) => (tag << TagShift) | (Math.Min(state, Passed) << TimeBits) | time;

    // The later of two entries of one envelope stays; a new one takes an empty place, or that of an older entry.
    private static void MergeInto(Span<ulong> set, ulong entry, ulong time)
    {
        ref var place = ref set[0];
        var oldestAge = -1;
        foreach (ref var held in set)
        {
            var own = Volatile.Read(ref held);
            var isSame = own != 0 && own >> TagShift == entry >> TagShift;
            var age = own == 0 ? int.MaxValue : Age(own, time);
            if (isSame || age > oldestAge)
            {
                place = ref held;
                oldestAge = age;
            }

            if (isSame)
            {
                break;
            }
        }

        if (oldestAge > Age(entry, time))
        {
            Volatile.Write(ref place, entry);
        }
    }

    private void Mark(ulong envelope, ulong wait)
    {
        var tag = Tag(envelope);
        foreach (ref var entry in SetOf(envelope))
        {
            var held = Volatile.Read(ref entry);
            if (held >> TagShift == tag)
            {
                Volatile.Write(ref entry, (tag << TagShift) | (wait << TimeBits) | (ushort)held);
                return;
            }
        }
    }

    /// <summary>Not zero, so that no entry looks empty.</summary>
    private static ulong Tag(ulong envelope) => ((envelope << TagShift) >> TagShift) | 1;

    private static ulong TimeOf(long now) => (ushort)(now / Step);

    private static int Age(ulong entry, ulong time) => (ushort)(time - entry);

    // Steps of time.
    private static int WaitOf(ulong entry) => HasPassed(entry) ? 0 : (int)((entry >> TimeBits) & Passed) * StepsAMinute;

    private static bool HasPassed(ulong entry) => ((entry >> TimeBits) & Passed) == Passed;

    private Span<ulong> SetOf(ulong envelope)
    {
        var sets = (ulong)(_entries.Length / Ways);
        return _entries.AsSpan((int)Math.BigMul(envelope, sets, out _) * Ways, Ways);
    }
}
