using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Tests;

public sealed class SeqWindowTests
{
    [Fact]
    public void A_window_agrees_with_a_set_and_contains_all_older_numbers() =>
        Prop.ForAll(Gen.Frequency((4, Gen.Choose(1, 300)), (2, Gen.Choose(1, 6000)), (1, Gen.Choose(1, 100_000))).ListOf().ToArbitrary(), seqs =>
        {
            var window = new SeqWindow();
            var added = new HashSet<ulong>();
            var highest = 0ul;
            foreach (var seq in seqs.Select(s => (ulong)s))
            {
                var contained = added.Contains(seq) || seq + SeqWindow.Width <= highest;
                Assert.Equal(contained, window.Contains(seq));
                Assert.Equal(!contained, window.TryAdd(seq));
                added.Add(seq);
                highest = Math.Max(highest, seq);
                Assert.True(window.Clone().Contains(seq));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void The_highest_possible_number_is_handled()
    {
        var window = new SeqWindow();

        Assert.True(window.TryAdd(ulong.MaxValue));
        Assert.False(window.TryAdd(ulong.MaxValue));
        Assert.True(window.Contains(1));
        Assert.True(window.TryAdd(ulong.MaxValue - 1));
    }
}
