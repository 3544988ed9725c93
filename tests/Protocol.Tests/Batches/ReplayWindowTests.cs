using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Tests.Batches;

public sealed class ReplayWindowTests
{
    [Fact]
    public void The_window_agrees_with_a_set_of_all_added_numbers()
    {
        for (var seed = 1; seed <= 50; seed++)
        {
            var random = new Random(seed);
            var window = new ReplayWindow();
            var added = new HashSet<ulong>();
            ulong highest = 0;
            ulong covered = 0;
            for (var step = 0; step < 3000; step++)
            {
                var seq = (ulong)Math.Max(0, (long)highest + random.NextInt64(-300, random.Next(20) == 0 ? 300 : 8));
                if (random.Next(200) == 0)
                {
                    window.CoverTo(seq);
                    covered = Math.Max(covered, seq);
                    highest = Math.Max(highest, seq);
                    continue;
                }

                var isOld = seq == 0 || seq <= covered || seq + ReplayWindow.Width <= highest;
                Assert.True(window.TryAdd(seq) == (!isOld && added.Add(seq)), $"seed {seed}, step {step}, seq {seq}");
                highest = Math.Max(highest, seq);

                var contiguous = Math.Max(covered, highest > ReplayWindow.Width ? highest - ReplayWindow.Width : 0);
                while (added.Contains(contiguous + 1) || contiguous + 1 <= covered)
                    contiguous++;
                Assert.True(window.Contiguous == contiguous, $"seed {seed}, step {step}: {window.Contiguous}, not {contiguous}");
                Assert.Equal(highest, window.Highest);
                Assert.Equal(contiguous != highest, window.HasGaps);
                Assert.True(window.Contains(seq) || seq == 0 && highest < ReplayWindow.Width);
                Assert.False(window.Contains(highest + 1));
            }
        }
    }

    [Fact]
    public void A_replay_is_detected_after_any_jump()
    {
        foreach (var jump in new ulong[] { 1, 63, 64, 65, 127, 128, 255, 256, 257, 1000, 1ul << 40 })
        {
            var window = new ReplayWindow();
            Assert.True(window.TryAdd(5));
            Assert.True(window.TryAdd(5 + jump));
            Assert.False(window.TryAdd(5));
            Assert.False(window.TryAdd(5 + jump));
            Assert.True(window.TryAdd(4 + jump) == (jump > 1));
        }
    }

    [Fact]
    public void Zero_is_not_a_sequence_number() => Assert.False(new ReplayWindow().TryAdd(0));
}
