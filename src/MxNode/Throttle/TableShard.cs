namespace ThrottleNet.MxNode.Throttle;

/// <summary>
/// One shard of a <see cref="BlockTable"/>: open addressing with linear probing, rows in the order of their scrambled keys
/// (which is Robin Hood order, since a home slot grows with the key). Not thread-safe: every member but
/// <see cref="Gate"/> and <see cref="Count"/> needs the gate to be held.
/// </summary>
/// <remarks>
/// The order makes growing, sweeping and reclaiming one pass from left to right, at memory speed. Rows that don't fit before
/// the end spill into a few slots behind the last home slot instead of wrapping round.
/// </remarks>
internal sealed class TableShard(int maxRows)
{
    /// <summary>Filled further than this a shard grows: beyond, probes get long (4.7 slots for a hit at this load, 2.6 after growth).</summary>
    private const float MaxLoad = 0.88f;

    /// <summary>With 24-byte rows, growth by 15 % at a load of 0.88 never leaves more than 31.4 bytes a row.</summary>
    private const float Growth = 1.15f;

    /// <summary>A sweep that finds a shard emptier than this gives memory back; well below what growth leaves, so that it doesn't swing.</summary>
    private const float MinLoad = 0.5f;

    private const int MinCapacity = 8;

    /// <summary>Slots behind the last home slot. The chance that a full shard's last run is longer is about e⁻¹⁷.</summary>
    private const int MaxSpill = 64;

    /// <summary>How many neighbours are compared to find one to give up: the smallest of 16 is with near certainty among the smallest fifth.</summary>
    private const int Candidates = 16;

    private BlockRow[] _rows = [];
    private int _capacity;

    public Lock Gate { get; } = new();

    public int Count { get; private set; }

    /// <summary>All slots, empty ones included.</summary>
    public ReadOnlySpan<BlockRow> Rows => _rows;

    /// <summary>Brings the place of a key into the cache; the only read that may happen without the gate.</summary>
    public ulong Touch(ulong key)
    {
        var rows = Volatile.Read(ref _rows);
        var slot = Home(key, Volatile.Read(ref _capacity));
        return (uint)slot < (uint)rows.Length ? Volatile.Read(ref rows[slot].Key) : 0;
    }

    public bool TryFind(ulong key, out int slot)
    {
        slot = Probe(key);
        return slot < _rows.Length && _rows[slot].Key == key;
    }

    public ref BlockRow this[int slot] => ref _rows[slot];

    /// <summary>The row of a key, made if there is none. Making one may reclaim, grow, or give up another row.</summary>
    /// <param name="now">What decayed to nothing by now may be reclaimed.</param>
    /// <param name="stamp">The moment a new row starts at.</param>
    public ref BlockRow FindOrAdd(ulong key, uint now, uint stamp)
    {
        if (TryFind(key, out var slot))
        {
            return ref _rows[slot];
        }

        if (Count >= maxRows)
        {
            GiveUpNear(Home(key, _capacity), now);
            slot = Probe(key);
        }
        else if (Count >= (int)(_capacity * MaxLoad))
        {
            MakeRoom(now);
            slot = Probe(key);
        }

        while (!TryInsert(slot, BlockRow.Empty(key, stamp)))
        {
            Repack(Grown(_capacity), now);
            slot = Probe(key);
        }

        return ref _rows[slot];
    }

    /// <summary>Reclaims the rows that decayed to nothing, and memory if that leaves the shard rather empty.</summary>
    public void Sweep(uint now)
    {
        Repack(_capacity, now);
        if (_capacity > MinCapacity && Count < _capacity * MinLoad)
        {
            Repack(Math.Max(MinCapacity, Grown((int)(Count / MaxLoad))), now);
        }
    }

    private static int Home(ulong key, int capacity) => (int)Math.BigMul(key << BlockTable.ShardBits, (ulong)capacity, out _);

    private static int Grown(int capacity) => Math.Max(MinCapacity, (int)(capacity * Growth) + 1);

    private int Probe(ulong key)
    {
        var rows = _rows;
        var slot = Home(key, _capacity);
        while ((uint)slot < (uint)rows.Length && rows[slot].Key - 1 < key - 1)
        {
            slot++;
        }

        return slot;
    }

    /// <summary>Shifts the run at a slot by one to make place; false when it would run over the end.</summary>
    private bool TryInsert(int slot, in BlockRow row)
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

        _rows.AsSpan(slot, end - slot).CopyTo(_rows.AsSpan(slot + 1));
        _rows[slot] = row;
        Count++;
        return true;
    }

    /// <summary>Deletes by shifting back what is not in its home slot, so there are no tombstones.</summary>
    private void Remove(int slot)
    {
        var end = slot + 1;
        while (end < _rows.Length && _rows[end].Key != 0 && Home(_rows[end].Key, _capacity) < end)
        {
            end++;
        }

        _rows.AsSpan((slot + 1)..end).CopyTo(_rows.AsSpan(slot));
        _rows[end - 1] = default;
        Count--;
    }

    private void MakeRoom(uint now)
    {
        Repack(_capacity, now);
        if (Count * Growth >= _capacity * MaxLoad)
        {
            Repack(Grown(_capacity), now);
        }
    }

    /// <summary>Gives up the row with the smallest decayed count of a few neighbours, which are a random sample, as keys are scrambled.</summary>
    private void GiveUpNear(int home, uint now)
    {
        var (smallest, least) = (-1, float.PositiveInfinity);
        for (var (slot, seen) = (home, 0); seen < Math.Min(Candidates, Count); slot++)
        {
            slot = slot < _rows.Length ? slot : 0;
            if (_rows[slot].Key == 0)
            {
                continue;
            }

            seen++;
            var worth = _rows[slot].SlowAt(now);
            if (worth < least)
            {
                (smallest, least) = (slot, worth);
            }
        }

        Remove(smallest);
    }

    /// <summary>Lays all rows worth keeping out anew, in place if the capacity stays: none then moves to the right.</summary>
    private void Repack(int capacity, uint now)
    {
        var from = _rows;
        var to = capacity == _capacity ? from : new BlockRow[capacity + Math.Min(MaxSpill, capacity)];
        var (next, kept) = (0, 0);
        for (var slot = 0; slot < from.Length; slot++)
        {
            var row = from[slot];
            from[slot].Key = 0;
            if (row.Key == 0 || row.SlowAt(now) < Decay.Nothing)
            {
                continue;
            }

            next = Math.Max(next, Home(row.Key, capacity));
            to[next++] = row;
            kept++;
        }

        Count = kept;
        Volatile.Write(ref _rows, to);
        Volatile.Write(ref _capacity, capacity);
    }
}
