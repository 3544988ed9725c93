using System.Runtime.CompilerServices;

namespace ThrottleNet.Counting.Tests;

public sealed class BlockTableTests
{
    private const uint Hour = 3600 * Stamp.PerSecond;

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 3000)]
    [InlineData(3, 100_000)]
    public void Agrees_with_a_dictionary_under_random_operations(int seed, int keys)
    {
        var random = new Random(seed);
        var table = new BlockTable<HostRow>(new RowBudget(int.MaxValue));
        var model = new Dictionary<ulong, (uint When, float Units)>();
        uint now = 0;
        for (var step = 0; step < 60_000; step++)
        {
            // Small keys have the same first slot and make long runs.
            var key = 1 + ((ulong)random.Next(keys) << random.Next(4) * 16);
            switch (random.Next(100))
            {
                case 0:
                    now += (uint)random.Next((int)(10 * Hour));
                    break;
                case 1:
                    table.Sweep(now);
                    Forget(model, now);
                    break;
                case < 60:
                    var units = random.Next(1, 30);
                    table.FindOrAdd(key, now, now).AddOwn(now, units);
                    model[key] = (now, units + Left(model.GetValueOrDefault(key), now));
                    break;
                default:
                    var found = table.TryFind(key, out var slot);
                    var left = Left(model.GetValueOrDefault(key), now);
                    var counted = found ? SlowAt(table[slot], now) : 0;
                    Assert.True(Math.Abs(left - counted) <= 0.01 * Math.Max(left, 1), $"seed {seed}, step {step}: {left} units, {counted} counted");
                    break;
            }
        }

        table.Sweep(now);
        Forget(model, now);
        Assert.InRange(table.Count, (int)(model.Count * 0.99), model.Count + 1);
        AssertInOrder(table);
    }

    [Fact]
    public void A_full_shard_evicts_rows_with_small_counts_and_keeps_those_with_large_ones()
    {
        var random = new Random(4);
        var table = new BlockTable<HostRow>(new RowBudget(1000));
        var big = Enumerable.Range(0, 100).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue)).ToArray();
        foreach (var key in big)
        {
            table.FindOrAdd(key, 0, 0).AddOwn(0, 100);
        }

        for (var i = 0; i < 50_000; i++)
        {
            table.FindOrAdd((ulong)random.NextInt64(long.MinValue, long.MaxValue), 0, 0).AddOwn(0, 1);
            Assert.InRange(table.Count, 1, 1000);
        }

        Assert.Equal(1000, table.Count);
        Assert.All(big, key => Assert.True(table.TryFind(key, out _)));
        AssertInOrder(table);
    }

    [Fact]
    public void Large_reported_counts_evict_no_row_counted_here()
    {
        var random = new Random(6);
        var table = new BlockTable<HostRow>(new RowBudget(1000));
        var seen = Enumerable.Range(0, 100).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue)).ToArray();
        foreach (var key in seen)
        {
            table.FindOrAdd(key, 0, 0).AddOwn(0, 4);
        }

        for (var i = 0; i < 50_000; i++)
        {
            table.FindOrAdd((ulong)random.NextInt64(long.MinValue, long.MaxValue), Hour, Hour).AddReports(new ReportCell(1e6f, 0, 1e6f));
        }

        Assert.Equal(1000, table.Count);
        Assert.All(seen, key => Assert.True(table.TryFind(key, out _)));
    }

    [Fact]
    public void Memory_stays_under_36_octets_a_row_for_any_number_of_rows()
    {
        var random = new Random(5);
        var table = new BlockTable<HostRow>(new RowBudget(int.MaxValue));
        for (var i = 1; i <= 60_000; i++)
        {
            table.FindOrAdd((ulong)random.NextInt64(long.MinValue, long.MaxValue), 0, 0).AddOwn(0, 1);
            if (i >= 30_000 && i % 100 == 0)
            {
                Assert.InRange(table.Slots * (double)Unsafe.SizeOf<HostRow>() / table.Count, 28, 36);
            }
        }
    }

    [Fact]
    public void A_sweep_gives_back_the_memory_of_dead_rows()
    {
        var table = new BlockTable<HostRow>(new RowBudget(int.MaxValue));
        for (ulong key = 1; key <= 10_000; key++)
        {
            table.FindOrAdd(key << 48, 0, 0).AddOwn(0, 1);
        }

        table.FindOrAdd(7, 0, 0).AddOwn(5 * Hour, 1);
        table.Sweep(100 * Hour);
        Assert.Equal(1, table.Count);
        Assert.InRange(table.Slots, 1, 16);
        Assert.True(table.TryFind(7, out var slot));
        Assert.Equal(Decay.Slow((int)(95 * Hour)), SlowAt(table[slot], 100 * Hour), 1e-6f);
    }

    private static float Left((uint When, float Units) row, uint now) => row.Units * Decay.Slow((int)(now - row.When));

    private static void Forget(Dictionary<ulong, (uint When, float Units)> model, uint now)
    {
        foreach (var (key, row) in model)
        {
            if (now - row.When > HostRow.KeptFor)
            {
                model.Remove(key);
            }
        }
    }

    private static void AssertInOrder(BlockTable<HostRow> table)
    {
        var rows = new HostRow[table.Count];
        table.CopyTo(rows);
        var keys = rows.Select(r => r.Key).ToArray();
        Assert.DoesNotContain(0ul, keys);
        Assert.Equal(keys.Distinct().Order(), keys);
        Assert.All(keys, key => Assert.True(table.TryFind(key, out _)));
    }

    private static float SlowAt(HostRow row, uint now)
    {
        row.DecayTo(now);
        return row.SlowCount;
    }
}
