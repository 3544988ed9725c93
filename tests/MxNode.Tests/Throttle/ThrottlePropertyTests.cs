using System.Globalization;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.Counting.Tests;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Throttle;

/// <summary>What must hold for any mix of senders in any order. Seeds are in the test's name and in each failure.</summary>
public sealed class ThrottlePropertyTests
{
    private const ulong V4 = 0x00ff_0000_0000_0000;
    private const ulong V6 = 0x2001_0db8_0000_0000;
    private readonly FakeTimeProvider _time = new();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 16)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_host_under_its_soft_limit_is_never_deferred(int seed)
    {
        var random = new Random(seed);
        var options = Options(random);
        var (throttle, ledger) = New(options);
        var person = new IpBlock((seed % 2 == 0 ? V4 : V6) + 0x0a00_0001, BlockLevel.Host);
        List<(DateTimeOffset When, double Units)> sent = [];
        List<(Attempt Attempt, DateTimeOffset Due)> held = [];
        for (var step = 0; step < 8_000; step++)
        {
            _time.Advance(TimeSpan.FromSeconds(random.Next(20) == 0 ? random.Next(1800) : random.NextDouble()));
            var now = _time.GetUtcNow();
            sent.RemoveAll(s => now - s.When > 15 * Decay.FastTime);
            var count = sent.Sum(s => s.Units * Math.Exp(-(now - s.When) / Decay.FastTime));
            var mayGo = (count + 1.01) * Decay.FastPerHour <= options.Host.Soft;
            switch (random.Next(6))
            {
                case 0 when mayGo:
                    held.Add((throttle.Register(person, null, Someone(random, 1000)), now + (options.Hold * random.NextDouble() * 2)));
                    sent.Add((now, 1));
                    break;
                case 1 when mayGo: // the same person, at another node
                    ledger.AddFromNetwork(person, 1, 0, now);
                    sent.Add((now, 1));
                    break;
                case 2:
                    ledger.AddFromNetwork(Neighbour(person, random), random.Next(10_000), random.Next(100), now - TimeSpan.FromSeconds(random.Next(3600)));
                    break;
                default:
                    throttle.Judge(throttle.Register(Neighbour(person, random), null, Someone(random, 50)));
                    break;
            }

            Assert.False(throttle.IsRefusedAtDoor(person, out _), $"seed {seed}, step {step}");
            foreach (var (attempt, _) in held.Where(h => h.Due <= now))
            {
                var verdict = throttle.Judge(attempt);
                Assert.True(verdict.Action is VerdictAction.Forward or VerdictAction.Slow, $"seed {seed}, step {step}: {verdict}, {throttle.Describe(person)}");
                Assert.InRange(verdict.Delay, TimeSpan.Zero, options.MaxDelay - options.Hold);
            }

            held.RemoveAll(h => h.Due <= now);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_burst_lets_at_most_its_limit_and_one_through(int seed)
    {
        var random = new Random(seed);
        var options = Options(random);
        var (throttle, ledger) = New(options);
        var spammer = new IpBlock(V4 + 0x0a00_0001, BlockLevel.Host);
        var (passed, held) = (0, new List<Attempt>());
        for (var i = 0; i < 500; i++)
        {
            // The same recipients come again and again, other hosts send in between, and judgements come in any order.
            held.Add(throttle.Register(spammer, null, Someone(random, 300)));
            if (random.Next(3) == 0)
            {
                throttle.Register(Neighbour(spammer, random), null, Someone(random, 300));
            }

            if (random.Next(20) == 0)
            {
                ledger.AddFromNetwork(spammer, 1, 0, _time.GetUtcNow());
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

        Assert.True(passed <= (options.Host.Hard / Decay.FastPerHour) + 1, $"seed {seed}: {passed} passed of a limit of {options.Host.Hard} an hour");

        void JudgeOne()
        {
            var index = random.Next(held.Count);
            if (throttle.Judge(held[index]).Action is VerdictAction.Forward or VerdictAction.Slow)
            {
                passed++;
                throttle.Delivered(held[index]);
            }

            held.RemoveAt(index);
        }
    }

    [Fact]
    public async Task Of_a_burst_on_many_threads_exactly_the_limit_passes()
    {
        var (throttle, _) = New(new ThrottleOptions());
        var spammer = new IpBlock(V4 + 1, BlockLevel.Host);
        var passed = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                var recipient = new Mailbox(string.Create(CultureInfo.InvariantCulture, $"r{thread}-{i}"), "example.com");
                if (throttle.Judge(throttle.Register(spammer, null, recipient)).Action is VerdictAction.Forward or VerdictAction.Slow)
                {
                    Interlocked.Increment(ref passed);
                }
            }
        }))).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(10, passed);
    }

    private static ThrottleOptions Options(Random random)
    {
        if (random.Next(3) == 0)
        {
            return new ThrottleOptions();
        }

        var soft = 2 + (random.NextSingle() * 20);
        var hard = soft * (1 + (random.NextSingle() * 5));
        var options = new ThrottleOptions
        {
            Hold = TimeSpan.FromSeconds(random.Next(5)),
            Host = new BlockLimits { Soft = soft, Hard = hard, Day = 24 * soft },
            Site = new BlockLimits { Soft = soft, Hard = hard * 1.5f, Day = 24 * hard },
            Region = new BlockLimits { Soft = soft, Hard = hard * 3, Day = 48 * hard },
        };
        Assert.Empty(options.Validate("Throttle"));
        return options;
    }

    private static Mailbox Someone(Random random, int people) =>
        new(string.Create(CultureInfo.InvariantCulture, $"r{random.Next(people)}"), "example.com");

    /// <summary>Another host, of the same site, region, or elsewhere.</summary>
    private static IpBlock Neighbour(IpBlock host, Random random) => new(host.Key ^ (ulong)random.Next(1, 1 << (8 * random.Next(1, 4))), BlockLevel.Host);

    private (MxNode.Throttle.Throttle Throttle, Ledger Ledger) New(ThrottleOptions options)
    {
        var ledger = new Ledger(options.ToLimits(), _time);
        return (new MxNode.Throttle.Throttle(options, ledger, new RetryMemory(options.MaxEnvelopes, options.RetryWindow)), ledger);
    }
}
