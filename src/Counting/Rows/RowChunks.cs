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
    /// <summary>1,024 rows of 28 octets are 28 KiB; a table wastes half a chunk on average.</summary>
    private const int ChunkBits = 10;
    private const int ChunkLength = 1 << ChunkBits;

    private const int CacheLine = 64;

    private TRow[][] _chunks = [];

    /// <summary>Slots.</summary>
    public int Length { get; private set; }

    /// <summary>All slots in order; the last chunk may have some too many, which are empty.</summary>
    public IReadOnlyList<TRow[]> Chunks => _chunks;

    /// <summary>A row. The slot must be under <see cref="Length"/>: the chunk's own bound is not checked, since its length stands in another cache line.</summary>
    public ref TRow this[int slot] =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_chunks[slot >> ChunkBits]), slot & (ChunkLength - 1));

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
            var row = (byte*)Unsafe.AsPointer(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(chunks[chunk]), slot & (ChunkLength - 1)));
            Sse.Prefetch0(row);
            Sse.Prefetch0(row + CacheLine);
            Sse.Prefetch0(row + (2 * CacheLine));
        }
    }

    /// <summary>Cuts rows off the end, or adds empty ones.</summary>
    public void Resize(int length)
    {
        var chunks = _chunks;
        Array.Resize(ref chunks, (length + ChunkLength - 1) >> ChunkBits);
        for (var i = _chunks.Length; i < chunks.Length; i++)
        {
            chunks[i] = [];
        }

        if (chunks.Length == 1)
        {
            Array.Resize(ref chunks[0], length);
        }
        else
        {
            foreach (ref var chunk in chunks.AsSpan())
            {
                chunk = chunk.Length == ChunkLength ? chunk : Whole(chunk);
            }
        }

        _chunks = chunks;
        Length = length;
    }

    /// <summary>Pinned, so that the collector does not move chunks; all have one size, so no gaps arise.</summary>
    private static TRow[] Whole(TRow[] rows)
    {
        var chunk = GC.AllocateArray<TRow>(ChunkLength, pinned: true);
        rows.CopyTo(chunk, 0);
        return chunk;
    }
}
