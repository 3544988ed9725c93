using ThrottleNet.TrustList.Index;

namespace ThrottleNet.TrustList.Tests.Index;

public sealed class SortedKeysTests
{
    [Fact]
    public void Every_answer_agrees_with_a_scan_for_any_distribution_of_keys()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var keys = Keys(random);
            var sorted = new SortedKeys<ulong>(keys);
            foreach (var question in keys.SelectMany(key => new[] { key, key - 1, key + 1 }).Append(ulong.MaxValue).Append(0ul).Append((ulong)random.NextInt64()))
            {
                var expected = Array.FindLastIndex(keys, key => key <= question);
                Assert.True(expected == sorted.LastNotAbove(question), $"seed {seed}, round {round}: {question} in {string.Join(' ', keys)}");
            }
        }
    }

    [Theory]
    [InlineData(0u, 0)]
    [InlineData(uint.MaxValue, 1)]
    [InlineData(uint.MaxValue - 1, 0)]
    public void The_lowest_and_highest_numbers_can_be_keys(uint question, int answer) =>
        Assert.Equal(answer, new SortedKeys<uint>([0, uint.MaxValue]).LastNotAbove(question));

    [Fact]
    public void A_single_key_is_the_answer_to_every_search() => Assert.Equal(0, new SortedKeys<uint>([0]).LastNotAbove(77));

    /// <summary>Up to a few hundred keys: spread, in nested clumps, equal, and at both ends of the range.</summary>
    private static ulong[] Keys(Random random)
    {
        List<ulong> keys = [0];
        for (var clump = random.Next(1, 6); clump > 0; clump--)
        {
            var at = (ulong)random.NextInt64() << random.Next(2);
            var width = random.Next(0, 64);
            for (var i = random.Next(1, 100); i > 0; i--)
            {
                keys.Add(unchecked(at + ((ulong)random.NextInt64() >> width)));
            }
        }

        if (random.Next(3) == 0)
        {
            keys.AddRange(Enumerable.Repeat(ulong.MaxValue, random.Next(1, 50)));
        }

        return [.. keys.Order()];
    }
}
