namespace ThrottleNet.Counting.Tests;

/// <summary>The memory of a table.</summary>
public sealed class RowChunksTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2047, 2048)]
    [InlineData(2048, 2049)]
    [InlineData(10, 5000)]
    [InlineData(5000, 5001)]
    public void Rows_stay_when_an_array_grows_and_shrinks(int small, int large)
    {
        var rows = new RowChunks<HostRow>();
        rows.Resize(small);
        for (var i = 0; i < small; i++)
        {
            rows[i] = HostRow.Empty((ulong)i + 1, 0);
        }

        rows.Resize(large);
        Assert.Equal(0ul, rows[large - 1].Key);
        rows.Resize(small);
        Assert.Equal(small, rows.Length);
        Assert.Equal(Enumerable.Range(1, small).Select(i => (ulong)i), Enumerable.Range(0, small).Select(i => rows[i].Key));
    }
}
