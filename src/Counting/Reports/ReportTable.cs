using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ThrottleNet.Counting;

/// <summary>
/// The reports about the warm blocks of one kind in one shard, by operator. What a block had counted before it became warm stays in its own row,
/// without the operators' names. Bounded over all shards by a budget of blocks and cells: of a few blocks the one with the least corroborated
/// count is evicted, so invented blocks go before real ones. Not thread-safe.
/// </summary>
/// <remarks>
/// Open addressing with linear probing, by scrambled keys. A dictionary costs one more wait for memory for a block outside of the processor's cache. Its
/// entries cannot be prefetched without the lock.
/// </remarks>
/// <param name="budget">Blocks and cells of all shards. A block takes about 200 octets, its first four cells included.</param>
/// <param name="onEvicted">Takes the reports of an evicted block back into its row.</param>
internal sealed class ReportTable(RowBudget budget, Action<ulong, ReportRow> onEvicted)
{
    // Eviction compares this many neighbours. Keys are scrambled, so neighbours are a random sample.
    private const int Candidates = 16;

    // Between an eighth and a half of the slots are in use. A power of two.
    private const int MinSlots = 32;

    // Most keys are in their first or second slot.
    private const int Likely = 2;

    private Slot[] _slots = new Slot[MinSlots];
    private int _turn;

    /// <summary>Blocks with reports.</summary>
    public int Count { get; private set; }

    public IEnumerable<ulong> Keys => _slots.Where(s => s.Row is not null).Select(s => s.Key);

    public bool TryGet(ulong key, [NotNullWhen(true)] out ReportRow? row)
    {
        row = _slots[Find(key)].Row;
        return row is not null;
    }

    /// <summary>Starts to fetch the place of a key into the processor's cache, without waiting. Needs no lock, since it reads no slot.</summary>
    public unsafe void Prefetch(ulong key)
    {
        if (Sse.IsSupported)
        {
            var slots = _slots;
            Sse.Prefetch0(Unsafe.AsPointer(ref slots[Home(key, slots)]));
        }
    }

    /// <summary>
    /// Starts to fetch the reports about a key; <see cref="Prefetch"/> comes first. Needs no lock: what another thread changes meanwhile
    /// only makes the fetch useless.
    /// </summary>
    public void PrefetchRow(ulong key)
    {
        var slots = _slots;
        for (var (slot, left) = (Home(key, slots), Likely); left > 0; (slot, left) = (Next(slot, slots), left - 1))
        {
            if (slots[slot].Key == key)
            {
                slots[slot].Row?.Prefetch();
            }
        }
    }

    /// <summary>Takes a report about a warm block.</summary>
    /// <param name="leftOut">See <see cref="ReportRow.TrimmedFast"/>: what the least corroborated block is judged by.</param>
    public void Add(ulong key, int @operator, in ReportCell report, uint when, uint now, int leftOut)
    {
        if (!TryGet(key, out var row))
        {
            MakeRoom(now, leftOut);
            row = new ReportRow(now);
            Insert(key, row);
        }

        if (row.Add(@operator, report, when, now))
        {
            budget.Add(1);
            MakeRoom(now, leftOut);
        }
    }

    public void Remove(ulong key)
    {
        var hole = Find(key);
        if (_slots[hole].Row is not { } row)
        {
            return;
        }

        // What was displaced moves back, so there are no tombstones.
        for (var slot = Next(hole, _slots); _slots[slot].Row is not null; slot = Next(slot, _slots))
        {
            if (Distance(Home(_slots[slot].Key, _slots), slot) >= Distance(hole, slot))
            {
                _slots[hole] = _slots[slot];
                hole = slot;
            }
        }

        _slots[hole] = default;
        Count--;
        budget.Add(-1 - row.Count);
        if (Count < _slots.Length / 8 && _slots.Length > MinSlots)
        {
            Resize(_slots.Length / 2);
        }
    }

    private static int Home(ulong key, Slot[] slots) => (int)Math.BigMul(key, (ulong)slots.Length, out _);

    private static int Next(int slot, Slot[] slots) => (slot + 1) & (slots.Length - 1);

    private int Distance(int from, int to) => (to - from) & (_slots.Length - 1);

    // The slot that holds a key, or the free one for it.
    private int Find(ulong key)
    {
        var slot = Home(key, _slots);
        while (_slots[slot].Key != key && _slots[slot].Row is not null)
        {
            slot = Next(slot, _slots);
        }

        return slot;
    }

    private void Insert(ulong key, ReportRow row)
    {
        if (Count == _slots.Length / 2)
        {
            Resize(_slots.Length * 2);
        }

        _slots[Find(key)] = new Slot(key, row);
        Count++;
        budget.Add(1);
    }

    private void Resize(int length)
    {
        var old = _slots;
        (_slots, _turn) = (new Slot[length], 0);
        foreach (var slot in old)
        {
            if (slot.Row is not null)
            {
                _slots[Find(slot.Key)] = slot;
            }
        }
    }

    // Evicts one block an insert, so that the lock is held briefly. A shard with few blocks keeps them.
    private void MakeRoom(uint now, int leftOut)
    {
        if (!budget.IsSpent || Count < Candidates)
        {
            return;
        }

        var (least, leastCount) = (default(Slot), float.PositiveInfinity);
        for (var seen = 0; seen < Candidates; _turn = Next(_turn, _slots))
        {
            var slot = _slots[_turn];
            if (slot.Row is null)
            {
                continue;
            }

            seen++;
            slot.Row.DecayTo(now);
            var count = slot.Row.TrimmedFast(leftOut);
            if (least.Row is null || count < leastCount)
            {
                (least, leastCount) = (slot, count);
            }
        }

        Remove(least.Key);
        onEvicted(least.Key, least.Row!);
    }

    private readonly record struct Slot(ulong Key, ReportRow? Row);
}
