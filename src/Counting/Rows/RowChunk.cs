using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ThrottleNet.Counting;

/// <summary>Some rows in a row: a part of an array.</summary>
/// <param name="Array">Pinned if it holds chunks of a <see cref="RowArena{TRow}"/>.</param>
/// <param name="Start">The index of the first row.</param>
/// <param name="Length">Rows.</param>
internal readonly record struct RowChunk<TRow>(TRow[] Array, int Start, int Length)
    where TRow : struct
{
    /// <summary>A row. The index is not checked.</summary>
    public ref TRow this[int index] => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(Array), Start + index);

    public Span<TRow> AsSpan() => Array.AsSpan(Start, Length);
}
