namespace ThrottleNet.Counting;

/// <summary>
/// The rows of one kind of block in one shard of the ledger: open addressing with linear probing, rows in the order of
/// their scrambled keys (which is Robin Hood order, since a home slot grows with the key). Not thread-safe.
/// </summary>
/// <remarks>
/// The order makes growing and sweeping one pass in place, at memory speed. Rows that do not fit before the end spill into a few slots
/// behind the last home slot; they do not wrap round.
/// </remarks>
internal class BlockTable<TRow>(RowBudget budget)
    where TRow : struct, IRow<TRow>
{
    /// <summary>The load above which a table grows. A hit probes 4.7 slots at this load, and 2.8 right after growth.</summary>
    private const float MaxLoad = 0.88f;

    /// <summary>With 28-byte rows, growth by 12 % at a load of 0.88 never takes more than 35.7 bytes a row, but for the last chunk of a table.</summary>
    private const float Growth = 1.12f;

    /// <summary>The load below which a sweep gives memory back. It is well below the load right after growth, so a table does not swing.</summary>
    private const float MinLoad = 0.5f;

    private const int MinCapacity = 8;

    /// <summary>Slots behind the last home slot. The chance that a full table's last run is longer is about e⁻¹⁷.</summary>
    private const int MaxSpill = 64;

    /// <summary>Neighbours compared to find a row to evict: the smallest of 16 is among the smallest fifth of all in 97 cases of 100.</summary>
    public const int Candidates = 16;

    private readonly RowChunks<TRow> _rows = new();
    private int _capacity;

    public int Count { get; private set; }

    /// <summary>Slots, empty ones included.</summary>
    public int Slots => _rows.Length;

    public ref TRow this[int slot] => ref _rows[slot];

    public bool TryFind(ulong key, out int slot)
    {
        slot = Probe(key);
        return slot < _rows.Length && _rows[slot].Key == key;
    }

    /// <summary>The row of a key, made if there is none. Making one may grow the table, or evict another row.</summary>
    /// <param name="now">The present; rows that are dead by now may be reclaimed.</param>
    /// <param name="stamp">The moment a new row starts at.</param>
    public ref TRow FindOrAdd(ulong key, uint now, uint stamp)
    {
        if (TryFind(key, out var slot))
        {
            return ref _rows[slot];
        }

        // A table of a few rows grows all the same: its smallest row may be one with a large count.
        if (budget.IsSpent && Count >= Candidates)
        {
            EvictNear(Home(key, _capacity), now);
            slot = Probe(key);
        }
        else if (Count >= (int)(_capacity * MaxLoad))
        {
            Repack(Grown(_capacity), now);
            slot = Probe(key);
        }

        while (!TryInsert(slot, TRow.Empty(key, stamp)))
        {
            Repack(Grown(_capacity), now);
            slot = Probe(key);
        }

        return ref _rows[slot];
    }

    /// <summary>Starts to fetch the place of a key into the processor's cache, without waiting. Needs no lock, since it reads no row.</summary>
    protected void PrefetchRow(ulong key) => _rows.Prefetch(Home(key, _capacity));

    /// <summary>Copies all rows, in the order of their keys.</summary>
    public void CopyTo(Span<TRow> rows)
    {
        var count = 0;
        for (var slot = 0; slot < _rows.Length; slot++)
        {
            ref readonly var row = ref _rows[slot];
            if (row.Key != 0)
            {
                rows[count++] = row;
            }
        }
    }

    /// <summary>Reclaims dead rows, and memory if the table is then rather empty.</summary>
    public virtual void Sweep(uint now)
    {
        Repack(_capacity, now);
        if (_capacity > MinCapacity && Count < _capacity * MinLoad)
        {
            Repack(Math.Max(MinCapacity, Grown((int)(Count / MaxLoad))), now);
        }
    }

    private static int Home(ulong key, int capacity) => (int)Math.BigMul(key, (ulong)capacity, out _);

    private static int Grown(int capacity) => Math.Max(MinCapacity, (int)(capacity * Growth) + 1);

    /// <summary>The first slot from a key's home on that holds the key, a greater one, or none (by wrapping round, 0 is the greatest).</summary>
    private int Probe(ulong key)
    {
        var slot = Home(key, _capacity);
        while (slot < _rows.Length && _rows[slot].Key - 1 < key - 1)
        {
            slot++;
        }

        return slot;
    }

    /// <summary>Shifts the run at a slot by one to make place; false when it would run over the end.</summary>
    private bool TryInsert(int slot, in TRow row)
    {
        var end = slot;
        while (end < _rows.Length && _rows[end].Key != 0)
        {
            end++;
        }

        if (end >= _rows.Length)
        {
            return false;
        }

        for (; end > slot; end--)
        {
            _rows[end] = _rows[end - 1];
        }

        _rows[slot] = row;
        SetCount(Count + 1);
        return true;
    }

    /// <summary>Deletes by shifting back what is not in its home slot, so there are no tombstones.</summary>
    private void Remove(int slot)
    {
        while (slot + 1 < _rows.Length && _rows[slot + 1].Key != 0 && Home(_rows[slot + 1].Key, _capacity) <= slot)
        {
            _rows[slot] = _rows[slot + 1];
            slot++;
        }

        _rows[slot] = default;
        SetCount(Count - 1);
    }

    /// <summary>Evicts the row with the least worth among a few neighbours, which are a random sample since keys are scrambled.</summary>
    private void EvictNear(int home, uint now)
    {
        var (smallest, least) = (-1, float.PositiveInfinity);
        for (var (slot, seen) = (home, 0); seen < Candidates; slot++)
        {
            slot = slot < _rows.Length ? slot : 0;
            if (_rows[slot].Key == 0)
            {
                continue;
            }

            seen++;
            var worth = _rows[slot].Worth(now);
            if (worth < least)
            {
                (smallest, least) = (slot, worth);
            }
        }

        Remove(smallest);
    }

    /// <summary>Lays out all live rows anew, for this capacity, or for a larger one if they would run over the end.</summary>
    private void Repack(int capacity, uint now)
    {
        while (!TryRepack(capacity, now))
        {
            capacity = Grown(capacity);
        }
    }

    /// <remarks>
    /// In place: for the same or a smaller capacity no row moves to the right. For a larger one all rows are first moved to the
    /// end, and then none moves to the right. After a failure the rows are in order, so that it can be tried again.
    /// </remarks>
    private bool TryRepack(int capacity, uint now)
    {
        var length = capacity + Math.Min(MaxSpill, capacity);
        var (next, kept) = (0, 0);
        for (var slot = capacity > _capacity ? MoveToEnd(Math.Max(length, _rows.Length)) : 0; slot < _rows.Length; slot++)
        {
            var row = _rows[slot];
            if (row.Key == 0 || row.IsDead(now))
            {
                _rows[slot].Key = 0;
                continue;
            }

            next = Math.Max(next, Home(row.Key, capacity));
            if (next > slot)
            {
                return false;
            }

            _rows[slot].Key = 0;
            _rows[next++] = row;
            kept++;
        }

        if (next > length)
        {
            return false;
        }

        SetCount(kept);
        _capacity = capacity;
        _rows.Resize(length);
        return true;
    }

    private void SetCount(int count)
    {
        budget.Add(count - Count);
        Count = count;
    }

    /// <summary>Makes the rows longer and moves what they hold to their end; returns the first slot held.</summary>
    private int MoveToEnd(int length)
    {
        var slot = _rows.Length;
        var first = length;
        _rows.Resize(length);
        while (--slot >= 0)
        {
            var row = _rows[slot];
            _rows[slot].Key = 0;
            if (row.Key != 0)
            {
                _rows[--first] = row;
            }
        }

        return first;
    }
}
