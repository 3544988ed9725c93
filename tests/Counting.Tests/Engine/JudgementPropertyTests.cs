using System.Globalization;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.Counting.Tests;

/// <summary>Invariants for any mix of senders in any order. Each failure names its seed.</summary>
public sealed class JudgementPropertyTests
{
    private const ulong V4 = 0x00ff_0000_0000_0000;
    private const ulong V6 = 0x2001_0db8_0000_0000;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 16)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_host_under_its_soft_limit_is_deferred_only_as_one_of_many_newcomers(int seed)
    {
        var random = new Random(seed);
        var options = Options(random);
        var rig = new EngineRig(options);
        var person = new IpBlock((seed % 2 == 0 ? V4 : V6) + 0x0a00_0001, BlockLevel.Host);
        var stands = seed % 4 < 2;
        rig.Stand(person, stands);
        List<(long When, double Units)> sent = [];
        List<(Attempt Attempt, long Due)> held = [];
        var judged = 0;
        for (var step = 0; step < 8_000; step++)
        {
            rig.Advance(TimeSpan.FromSeconds(random.Next(20) == 0 ? random.Next(1800) : random.NextDouble()));
            var now = rig.Now;
            sent.RemoveAll(s => now - s.When > 15 * Decay.FastTau);
            var count = sent.Sum(s => s.Units * Math.Exp(-(now - s.When) / Decay.FastTau));
            var mayGo = (count + 1.01) * Decay.FastPerHour <= options.Host.Soft;
            switch (random.Next(6))
            {
                case 0 when mayGo:
                    held.Add((rig.Register(person, Someone(random, 1000)), now + (long)(options.Hold.TotalMilliseconds * random.NextDouble() * 2)));
                    sent.Add((now, 1));
                    break;
                case 1 when mayGo: // the same person, at another node
                    rig.Report("other", person, 1);
                    sent.Add((now, 1));
                    break;
                case 2:
                    rig.Report("liar", Neighbour(person, random), random.Next(10_000), random.Next(100), now - (1000 * random.Next(3600)));
                    break;
                default:
                    rig.Judge(rig.Register(Neighbour(person, random), Someone(random, 50)));
                    break;
            }

            Assert.False(rig.IsRefusedAtConnect(person, out _), $"seed {seed}, step {step}");
            foreach (var (attempt, _) in held.Where(h => h.Due <= now))
            {
                var verdict = rig.Judge(attempt);
                Assert.True(verdict.Passes || (verdict.Reason == VerdictReason.ManyNewcomers && !stands), $"seed {seed}, step {step}: {verdict}, {rig.Describe(person)}");
                Assert.InRange(verdict.Delay, TimeSpan.Zero, options.MaxDelay - options.Hold);
                judged++;
            }

            held.RemoveAll(h => h.Due <= now);
        }

        Assert.InRange(judged, 50, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Of_a_burst_at_most_the_limit_and_one_more_pass(int seed)
    {
        var random = new Random(seed);
        var options = Options(random);
        var rig = new EngineRig(options);
        var spammer = new IpBlock(V4 + 0x0a00_0001, BlockLevel.Host);
        var (passed, held) = (0, new List<Attempt>());
        for (var i = 0; i < 500; i++)
        {
            // The same recipients come again and again, other hosts send in between, and judgements come in any order.
            held.Add(rig.Register(spammer, Someone(random, 300)));
            if (random.Next(3) == 0)
            {
                rig.Register(Neighbour(spammer, random), Someone(random, 300));
            }

            if (random.Next(20) == 0)
            {
                rig.Report("other", spammer, 1);
            }

            while (held.Count > 0 && random.Next(2) == 0)
            {
                JudgeOne();
            }
        }

        while (held.Count > 0)
        {
            JudgeOne();
        }

        Assert.True(passed >= 1 && passed <= (options.Host.Hard / Decay.FastPerHour) + 1, $"seed {seed}: {passed} passed of a limit of {options.Host.Hard} an hour");

        void JudgeOne()
        {
            var index = random.Next(held.Count);
            if (rig.Judge(held[index]).Action is VerdictAction.Forward or VerdictAction.Slow)
            {
                passed++;
                rig.Engine.Delivered(held[index]);
            }

            held.RemoveAt(index);
        }
    }

    [Fact]
    public async Task Of_a_burst_on_many_threads_exactly_the_limit_passes()
    {
        var rig = new EngineRig(CountingLimits.Default with { WarmUp = TimeSpan.Zero });
        var spammer = new IpBlock(V4 + 1, BlockLevel.Host);
        var passed = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                var recipient = string.Create(CultureInfo.InvariantCulture, $"r{thread}-{i}@example.com");
                if (rig.Judge(rig.Register(spammer, recipient)).Action is VerdictAction.Forward or VerdictAction.Slow)
                {
                    Interlocked.Increment(ref passed);
                }
            }
        }))).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(10, passed);
    }

    private static CountingLimits Options(Random random)
    {
        if (random.Next(3) == 0)
        {
            return CountingLimits.Default with { WarmUp = TimeSpan.Zero, MaxEnvelopes = 1024, MaxRows = 100_000 };
        }

        var soft = 2 + (random.NextSingle() * 20);
        var hard = soft * (1 + (random.NextSingle() * 5));
        var options = new CountingLimits
        {
            Hold = TimeSpan.FromSeconds(random.Next(5)),
            Host = new BlockLimits { Soft = soft, Hard = hard, Day = 24 * soft },
            WarmUp = TimeSpan.Zero,
            MaxEnvelopes = 1024,
            MaxRows = 100_000,
        };
        return options;
    }

    private static string Someone(Random random, int people) => string.Create(CultureInfo.InvariantCulture, $"r{random.Next(people)}@example.com");

    /// <summary>Another host, of the same site, region, or elsewhere.</summary>
    private static IpBlock Neighbour(IpBlock host, Random random) => new(host.Key ^ (ulong)random.Next(1, 1 << (8 * random.Next(1, 4))), BlockLevel.Host);
}
