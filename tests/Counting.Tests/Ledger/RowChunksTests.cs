namespace ThrottleNet.Counting.Tests;

/// <summary>The memory of a table.</summary>
public sealed class RowChunksTests
{
    [Fact]
    public void Rows_that_were_cut_off_do_not_come_back()
    {
        var rows = new RowChunks<HostRow>();
        rows.Resize(5000);
        rows[4999] = HostRow.Empty(7, 0);
        rows.Resize(4999);
        rows.Resize(5000);
        Assert.Equal(0ul, rows[4999].Key);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1023, 1024)]
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
