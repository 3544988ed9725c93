namespace ThrottleNet.Counting;

/// <summary>
/// The memory of the big tables of a ledger, in chunks of one size. It lies together in blocks of some megabytes: the collector never moves them, and has few
/// of them to look at. Thread-safe.
/// </summary>
internal sealed class RowArena<TRow>
    where TRow : struct
{
    /// <summary>
    /// 2,048 rows of 28 octets are 56 KiB; a table wastes half a chunk on average. Each search reads the table's list of chunks first, which is the longer the
    /// smaller they are (docs/performance.md, "The decision").
    /// </summary>
    public const int ChunkBits = 11;

    /// <summary>Rows of a chunk.</summary>
    public const int ChunkLength = 1 << ChunkBits;

    // 14 MiB with rows of 28 octets.
    private const int ChunksOfBlock = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<TRow[], Stack<RowChunk<TRow>>> _free = []; // the free chunks of each block

    /// <summary>A chunk of empty rows.</summary>
    public RowChunk<TRow> Rent()
    {
        lock (_gate)
        {
            // The fullest block first, so that others become free.
            return (_free.Values.Where(f => f.Count > 0).MinBy(f => f.Count) ?? AddBlock()).Pop();
        }
    }

    /// <summary>Takes back a chunk whose rows are not used any more. A block of which no chunk is in use is left to the collector.</summary>
    public void Return(in RowChunk<TRow> chunk)
    {
        chunk.AsSpan().Clear();
        lock (_gate)
        {
            _free[chunk.Array].Push(chunk);
            if (_free[chunk.Array].Count == ChunksOfBlock)
            {
                _free.Remove(chunk.Array);
            }
        }
    }

    private Stack<RowChunk<TRow>> AddBlock()
    {
        var rows = GC.AllocateArray<TRow>(ChunksOfBlock * ChunkLength, pinned: true);
        return _free[rows] = new(Enumerable.Range(0, ChunksOfBlock).Reverse().Select(i => new RowChunk<TRow>(rows, i * ChunkLength, ChunkLength)));
    }
}
