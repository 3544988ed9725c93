using ThrottleNet.Benchmarks.Soak;

namespace ThrottleNet.Real.Tests.Load;

/// <summary>The soak that the benchmarks run for an hour, for some hundred sessions: does what a session leaves behind add up?</summary>
public sealed class SoakTests
{
    private const int WarmUp = 300;
    private const int Sessions = 600;

    // Batches of that time are kept (two minutes), rows of new hosts come in. 20 kB left by each session, or any of its buffers, would be over it.
    private const long MaxGrowth = 12_000_000;

    [Fact]
    public async Task Memory_after_many_sessions_is_what_it_was_after_the_first_ones()
    {
        await using var network = await SoakNetwork.StartAsync();
        var load = new SoakLoad(network.Smtp);
        await load.RunAsync(WarmUp, CancellationToken.None);
        var before = SoakSample.Take(TimeSpan.Zero, network, load);
        await load.RunAsync(Sessions, CancellationToken.None);
        var after = SoakSample.Take(TimeSpan.Zero, network, load);

        Assert.Equal((WarmUp + Sessions, 0), (after.Outcomes.All, after.Outcomes.Failed));
        Assert.Equal(after.Outcomes.Passed, network.Arrived);
        Assert.True(after.Outcomes is { Passed: > 0, Deferred: > 0 }, $"{after.Outcomes}");
        Assert.True(after.Batches > before.Batches);
        Assert.Equal((0, null), network.Errors);
        Assert.True(after.Heap - before.Heap < MaxGrowth, $"{before} to {after}");
    }
}
