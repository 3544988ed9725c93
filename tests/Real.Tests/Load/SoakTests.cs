using ThrottleNet.Stress.Soak;

namespace ThrottleNet.Real.Tests.Load;

/// <summary>The soak of the benchmarks, shortened to some hundred sessions: memory must not grow with the number of sessions.</summary>
public sealed class SoakTests
{
    private const int WarmUp = 300;
    private const int Sessions = 600;

    // Allows for batches (kept for two minutes) and rows of new hosts. 20 kB left by each session, or any of its buffers, would exceed it.
    private const long MaxGrowth = 12_000_000;

    [Fact]
    public async Task Memory_does_not_grow_over_many_sessions()
    {
        await using var network = await SoakNetwork.StartAsync();
        var load = new SoakLoad(network.Smtp);
        await load.RunAsync(WarmUp, CancellationToken.None);
        var before = SoakSample.Take(TimeSpan.Zero, network, load);
        await load.RunAsync(Sessions, CancellationToken.None);
        var after = SoakSample.Take(TimeSpan.Zero, network, load);

        // Other tests in this process hold memory too, for a while.
        await Eventually.HoldsAsync($"less than {MaxGrowth} octets more than in {before}", () =>
        {
            if (after.Heap - before.Heap < MaxGrowth)
            {
                return true;
            }

            after = SoakSample.Take(TimeSpan.Zero, network, load);
            return false;
        });
        Assert.Equal((WarmUp + Sessions, 0), (after.Outcomes.All, after.Outcomes.Failed));
        Assert.Equal(after.Outcomes.Passed, network.Arrived);
        Assert.True(after.Outcomes is { Passed: > 0, Deferred: > 0 }, $"{after.Outcomes}");
        Assert.True(after.Batches > before.Batches);
        Assert.Equal((0, null), network.Errors);
    }
}
