using System.Runtime.CompilerServices;

namespace ThrottleNet.Counting.Tests;

/// <summary>The memory of big tables.</summary>
public sealed class RowArenaTests
{
    private readonly RowArena<HostRow> _arena = new();

    [Fact]
    public void A_block_without_a_chunk_in_use_is_collected()
    {
        var block = UseOnce();
        GC.Collect();
        Assert.False(block.IsAlive);
    }

    [Fact]
    public void A_chunk_that_comes_back_is_empty_when_it_is_given_again()
    {
        var kept = _arena.Rent(); // so that the block stays
        var chunk = _arena.Rent();
        chunk[5] = HostRow.Empty(7, 0);
        _arena.Return(chunk);
        var again = _arena.Rent();
        Assert.Equal((chunk.Array, chunk.Start), (again.Array, again.Start));
        Assert.Equal(0ul, again[5].Key);
        Assert.NotEqual(kept.Start, again.Start);
    }

    [Theory]
    [InlineData(1023, 1024)]
    [InlineData(1024, 1025)]
    [InlineData(10, 5000)]
    [InlineData(3000, 3001)]
    public void Rows_stay_when_an_array_grows_and_shrinks(int small, int large)
    {
        var rows = new RowChunks<HostRow>(_arena);
        rows.Resize(small);
        for (var i = 0; i < small; i++)
        {
            rows[i] = HostRow.Empty((ulong)i + 1, 0);
        }

        rows.Resize(large);
        Assert.Equal(0ul, rows[large - 1].Key);
        rows.Resize(small);
        Assert.Equal(Enumerable.Range(1, small).Select(i => (ulong)i), Enumerable.Range(0, small).Select(i => rows[i].Key));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference UseOnce()
    {
        var chunk = _arena.Rent();
        _arena.Return(chunk);
        return new WeakReference(chunk.Array);
    }
}
