using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ThrottleNet.Counting;

/// <summary>
/// An array of rows that gets longer and shorter at its end without moving the rest, so that a growing table needs no second
/// copy and leaves no large garbage behind, which the collector would keep resident for long.
/// </summary>
internal sealed class RowChunks
{
    /// <summary>1,024 rows of 24 octets are 24 KiB: the half of it that a table's last chunk wastes on average is little beside a big table.</summary>
    private const int ChunkBits = 10;
    private const int ChunkLength = 1 << ChunkBits;

    private const int CacheLine = 64;

    private BlockRow[][] _chunks = [];

    /// <summary>Slots.</summary>
    public int Length { get; private set; }

    /// <summary>All slots in order; the last chunk may have some too many, which are empty.</summary>
    public IReadOnlyList<BlockRow[]> Chunks => _chunks;

    /// <summary>A row. The slot must be under <see cref="Length"/>: the chunk's own bound is not checked, since its length stands in another cache line.</summary>
    public ref BlockRow this[int slot] =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_chunks[slot >> ChunkBits]), slot & (ChunkLength - 1));

    /// <summary>
    /// Has the processor fetch what a search from a slot on looks at, five rows on average, into its cache, where it can do that. Nothing
    /// is read: so the slot may be of a length that this has no more, and another thread may be resizing it.
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

    /// <summary>Pinned, so that the collector neither moves chunks nor leaves gaps between them: all are of one size.</summary>
    private static BlockRow[] Whole(BlockRow[] rows)
    {
        var chunk = GC.AllocateArray<BlockRow>(ChunkLength, pinned: true);
        rows.CopyTo(chunk, 0);
        return chunk;
    }
}
