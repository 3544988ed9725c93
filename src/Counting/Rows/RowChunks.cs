using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ThrottleNet.Counting;

/// <summary>
/// An array of rows that grows and shrinks at its end without moving the rest. So a growing table needs no second copy, and leaves no
/// large garbage, which the collector would keep resident for long.
/// </summary>
internal sealed class RowChunks<TRow>
    where TRow : struct
{
    /// <summary>
    /// 2,048 rows of 28 octets are 56 KiB. A table of more than one chunk wastes half a chunk on average. Each search reads the list of chunks first, which is
    /// the longer the smaller they are.
    /// </summary>
    private const int ChunkBits = 11;
    private const int ChunkLength = 1 << ChunkBits;
    private const int CacheLine = 64;

    private TRow[][] _chunks = [];

    /// <summary>Slots.</summary>
    public int Length { get; private set; }

    /// <summary>A row. The slot must be under <see cref="Length"/>: the chunk's own bound is not checked, since its length stands in another cache line.</summary>
    public ref TRow this[int slot] => ref RowOf(_chunks, slot);

    /// <summary>
    /// Starts to fetch the rows that a search from a slot on reads into the processor's cache, where the processor can do that. In a full table
    /// 29 of 100 searches read more than five rows, and 4 of 100 more than thirteen. Six cache lines hold eleven to thirteen. No row is read, so another
    /// thread may resize the array meanwhile, and the slot may lie beyond the end.
    /// </summary>
    public unsafe void Prefetch(int slot)
    {
        var chunks = _chunks;
        if (Sse.IsSupported && slot >> ChunkBits < chunks.Length)
        {
            var row = (byte*)Unsafe.AsPointer(ref RowOf(chunks, slot));
            Sse.Prefetch0(row);
            Sse.Prefetch0(row + CacheLine);
            Sse.Prefetch0(row + (2 * CacheLine));
            Sse.Prefetch0(row + (3 * CacheLine));
            Sse.Prefetch0(row + (4 * CacheLine));
            Sse.Prefetch0(row + (5 * CacheLine));
        }
    }

    /// <summary>Cuts rows off the end, or adds empty ones.</summary>
    public void Resize(int length)
    {
        if (length == Length)
        {
            return;
        }

        var old = _chunks;
        var chunks = new TRow[(length + ChunkLength - 1) >> ChunkBits][];
        for (var i = 0; i < chunks.Length; i++)
        {
            // An array of less than a chunk has just its length.
            chunks[i] = Resized(i < old.Length ? old[i] : [], Math.Min(length, ChunkLength));
        }

        if (length < Length && length > 0)
        {
            chunks[^1].AsSpan(length - ((chunks.Length - 1) << ChunkBits)).Clear();
        }

        (_chunks, Length) = (chunks, length);
    }

    private static ref TRow RowOf(TRow[][] chunks, int slot) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(chunks[slot >> ChunkBits]), slot & (ChunkLength - 1));

    // A whole chunk is pinned, so that the collector never copies it.
    private static TRow[] Resized(TRow[] chunk, int length)
    {
        if (chunk.Length == length)
        {
            return chunk;
        }

        var resized = GC.AllocateArray<TRow>(length, pinned: length == ChunkLength);
        chunk.AsSpan(0, Math.Min(chunk.Length, length)).CopyTo(resized);
        return resized;
    }
}
