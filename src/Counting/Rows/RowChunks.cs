using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ThrottleNet.Counting;

/// <summary>
/// An array of rows that grows and shrinks at its end without moving the rest. So a growing table needs no second copy, and leaves no
/// large garbage, which the collector would keep resident for long.
/// </summary>
/// <param name="arena">Gives the chunks; what is smaller than a chunk has an array of its own.</param>
internal sealed class RowChunks<TRow>(RowArena<TRow> arena)
    where TRow : struct
{
    private const int ChunkBits = RowArena<TRow>.ChunkBits;
    private const int ChunkLength = RowArena<TRow>.ChunkLength;
    private const int CacheLine = 64;

    private RowChunk<TRow>[] _chunks = [];

    /// <summary>Slots.</summary>
    public int Length { get; private set; }

    /// <summary>All slots in order; the last chunk may have some too many, which are empty.</summary>
    public IReadOnlyList<RowChunk<TRow>> Chunks => _chunks;

    /// <summary>A row. The slot must be under <see cref="Length"/>: the chunk's own bound is not checked, since its length stands in another cache line.</summary>
    public ref TRow this[int slot] => ref _chunks[slot >> ChunkBits][slot & (ChunkLength - 1)];

    /// <summary>
    /// Starts to fetch the rows that a search from a slot on reads (five on average) into the processor's cache, where the processor can do
    /// that. It reads nothing, so another thread may resize the array meanwhile, and the slot may lie beyond the end.
    /// </summary>
    public unsafe void Prefetch(int slot)
    {
        var chunks = _chunks;
        var chunk = slot >> ChunkBits;
        if (Sse.IsSupported && chunk < chunks.Length)
        {
            var row = (byte*)Unsafe.AsPointer(ref chunks[chunk][slot & (ChunkLength - 1)]);
            Sse.Prefetch0(row);
            Sse.Prefetch0(row + CacheLine);
            Sse.Prefetch0(row + (2 * CacheLine));
        }
    }

    /// <summary>Cuts rows off the end, or adds empty ones.</summary>
    public void Resize(int length)
    {
        var chunks = new RowChunk<TRow>[(length + ChunkLength - 1) >> ChunkBits];
        var old = _chunks;
        var isSmall = length < ChunkLength;
        var same = isSmall || old is [{ Length: < ChunkLength }] ? 0 : Math.Min(old.Length, chunks.Length);
        old.AsSpan(0, same).CopyTo(chunks);
        for (var i = same; i < chunks.Length; i++)
        {
            chunks[i] = isSmall ? new RowChunk<TRow>(new TRow[length], 0, length) : arena.Rent();
        }

        // An array of less than a chunk has just its length, so what is in it moves when the table grows or shrinks.
        if (same == 0 && old.Length > 0 && chunks.Length > 0)
        {
            var kept = Math.Min(Math.Min(old[0].Length, chunks[0].Length), length);
            old[0].AsSpan()[..kept].CopyTo(chunks[0].AsSpan());
        }

        (_chunks, Length) = (chunks, length);
        foreach (ref readonly var chunk in old.AsSpan(same))
        {
            if (chunk.Length == ChunkLength)
            {
                arena.Return(chunk);
            }
        }
    }
}
