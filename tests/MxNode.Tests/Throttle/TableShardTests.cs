using ThrottleNet.MxNode.Throttle;

namespace ThrottleNet.MxNode.Tests.Throttle;

public sealed class TableShardTests
{
    private const uint Hour = 3600 * Stamp.PerSecond;

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 3000)]
    [InlineData(3, 100_000)]
    public void Agrees_with_a_dictionary_under_random_operations(int seed, int keys)
    {
        var random = new Random(seed);
        var shard = new TableShard(int.MaxValue);
        var model = new Dictionary<ulong, (uint When, float Units)>();
        uint now = 0;
        for (var step = 0; step < 60_000; step++)
        {
            // Keys of the first shard: the top bits are the shard's number. Many share a home slot.
            var key = 1 + ((ulong)random.Next(keys) << random.Next(3) * 16);
            switch (random.Next(100))
            {
                case 0:
                    now += (uint)random.Next((int)(10 * Hour));
                    break;
                case 1:
                    shard.Sweep(now);
                    Forget(model, now);
                    break;
                case < 60:
                    var units = random.Next(1, 30);
                    shard.FindOrAdd(key, now, now).Add(now, units, 0);
                    model[key] = (now, units + Left(model.GetValueOrDefault(key), now));
                    break;
                default:
                    var found = shard.TryFind(key, out var slot);
                    var left = Left(model.GetValueOrDefault(key), now);
                    var counted = found ? shard[slot].At(now).Slow : 0;
                    Assert.True(Math.Abs(left - counted) <= 0.01 * Math.Max(left, 1), $"seed {seed}, step {step}: {left} units, {counted} counted");
                    break;
            }
        }

        shard.Sweep(now);
        Forget(model, now);
        Assert.InRange(shard.Count, (int)(model.Count * 0.99), model.Count + 1);
        AssertInOrder(shard);
    }

    [Fact]
    public void A_full_shard_gives_up_small_rows_and_keeps_the_big_ones()
    {
        var random = new Random(4);
        var shard = new TableShard(1000);
        var big = Enumerable.Range(0, 100).Select(_ => (ulong)random.NextInt64() >> 8).ToArray();
        foreach (var key in big)
        {
            shard.FindOrAdd(key, 0, 0).Add(0, 100, 0);
        }

        for (var i = 0; i < 50_000; i++)
        {
            shard.FindOrAdd((ulong)random.NextInt64() >> 8, 0, 0).Add(0, 1, 0);
            Assert.InRange(shard.Count, 1, 1000);
        }

        Assert.Equal(1000, shard.Count);
        Assert.All(big, key => Assert.True(shard.TryFind(key, out _)));
        AssertInOrder(shard);
    }

    [Fact]
    public void Memory_stays_under_32_bytes_a_row_however_many_there_are()
    {
        var random = new Random(5);
        var shard = new TableShard(int.MaxValue);
        for (var i = 1; i <= 50_000; i++)
        {
            shard.FindOrAdd((ulong)random.NextInt64() >> 8, 0, 0).Add(0, 1, 0);
            if (i >= 10_000)
            {
                Assert.InRange(shard.Rows.Length * 24.0 / shard.Count, 24, 32);
            }
        }
    }

    [Fact]
    public void A_sweep_gives_back_the_memory_of_what_decayed()
    {
        var shard = new TableShard(int.MaxValue);
        for (ulong key = 1; key <= 10_000; key++)
        {
            shard.FindOrAdd(key << 40, 0, 0).Add(0, 1, 0);
        }

        shard.FindOrAdd(7, 0, 0).Add(0, 1e6f, 0);
        shard.Sweep(100 * Hour);
        Assert.Equal(1, shard.Count);
        Assert.InRange(shard.Rows.Length, 1, 16);
        Assert.True(shard.TryFind(7, out var slot));
        Assert.Equal(1e6f * Decay.Slow((int)(100 * Hour)), shard[slot].At(100 * Hour).Slow);
    }

    private static float Left((uint When, float Units) row, uint now) => row.Units * Decay.Slow((int)(now - row.When));

    private static void Forget(Dictionary<ulong, (uint When, float Units)> model, uint now)
    {
        foreach (var (key, row) in model)
        {
            if (Left(row, now) < Decay.Nothing)
            {
                model.Remove(key);
            }
        }
    }

    private static void AssertInOrder(TableShard shard)
    {
        var keys = shard.Rows.ToArray().Select(r => r.Key).Where(k => k != 0).ToArray();
        Assert.Equal(shard.Count, keys.Length);
        Assert.Equal(keys.Order(), keys);
        Assert.All(keys, key => Assert.True(shard.TryFind(key, out _)));
    }
}
