namespace ThrottleNet.Counting.Tests;

public sealed class ReportTableTests
{
    private const uint Now = 1_000_000;
    private readonly List<ulong> _evicted = [];
    private readonly KeyScrambler _scrambler = new();

    [Fact]
    public void Memory_is_bounded_and_invented_blocks_are_evicted_before_corroborated_ones()
    {
        var (table, budget) = New(300);
        for (var i = 0; i < 20; i++)
        {
            for (var op = 1; op <= 4; op++)
            {
                Add(table, (ulong)(1 << 20) + (ulong)i, op, 10);
            }
        }

        for (var i = 0; i < 10_000; i++)
        {
            Add(table, (ulong)i, 9, 1_000_000);
        }

        Assert.InRange(budget.Rows, 280, 301);
        Assert.Equal(10_000 + 20, _evicted.Count + table.Count);
        for (var i = 0; i < 20; i++)
        {
            Assert.True(table.TryGet(_scrambler.Scramble((ulong)(1 << 20) + (ulong)i), out var row));
            Assert.Equal(30, row.TrimmedFast(1));
        }
    }

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 3000)]
    public void Agrees_with_a_dictionary_under_random_operations(int seed, int keys)
    {
        var random = new Random(seed);
        var (table, budget) = New(int.MaxValue);
        var model = new Dictionary<ulong, float>();
        for (var step = 0; step < 60_000; step++)
        {
            // The table grows and shrinks. Small keys have the first slot as their home, and the largest ones the last, so that runs are long and wrap round.
            var key = 1 + (ulong)random.Next(keys);
            key = random.Next(3) switch { 0 => key, 1 => ~key, _ => _scrambler.Scramble(key) };
            if (random.Next(2) == step / 15_000 % 2)
            {
                table.Add(key, 1, new ReportCell(1, 0, 1), Now, Now, leftOut: 1);
                model[key] = model.GetValueOrDefault(key) + 1;
            }
            else if (random.Next(3) > 0)
            {
                table.Remove(key);
                model.Remove(key);
            }

            table.Prefetch(key);
            table.PrefetchRow(key);
            Assert.Equal(model.GetValueOrDefault(key), table.TryGet(key, out var row) ? row.Total.Fast : 0);
        }

        Assert.Equal(model.Keys.Order(), table.Keys.Order());
        Assert.Equal((model.Count, 2 * model.Count), (table.Count, budget.Rows));
        Assert.All(model, m => Assert.True(table.TryGet(m.Key, out var row) && row.Total.Fast == m.Value));
    }

    // The 15 blocks that a table keeps in any case fit into the budget with the reports of all operators.
    [Theory]
    [InlineData(300, 18)]
    [InlineData(330, 20)]
    [InlineData(1000, 60)]
    public void Memory_is_bounded_for_any_number_of_operators_that_report_the_same_blocks(int max, int operators)
    {
        var (table, budget) = New(max);
        for (var op = 1; op <= operators; op++)
        {
            for (var i = 0; i < 140; i++)
            {
                Add(table, (ulong)i, op, 1000);
            }
        }

        Assert.InRange(budget.Rows, 1, max + 2);
        Assert.Equal(budget.Rows, table.Keys.Sum(k => table.TryGet(k, out var row) ? 1 + row.Count : 0));
    }

    [Fact]
    public void A_table_with_few_blocks_keeps_them_when_other_tables_have_used_up_the_budget()
    {
        var budget = new RowBudget(10);
        budget.Add(10);
        var table = new ReportTable(budget, (key, _) => _evicted.Add(key));
        for (var i = 0; i < 15; i++)
        {
            Add(table, (ulong)i, 1, 1);
        }

        Assert.Equal((15, 0), (table.Count, _evicted.Count));
    }

    private (ReportTable Table, RowBudget Budget) New(int max)
    {
        var budget = new RowBudget(max);
        return (new ReportTable(budget, (key, _) => _evicted.Add(key)), budget);
    }

    private void Add(ReportTable table, ulong key, int @operator, float units) =>
        table.Add(_scrambler.Scramble(key), @operator, new ReportCell(units, 0, units), Now, Now, leftOut: 1);
}
