using ThrottleNet.Stress.Chaos;
using Xunit.Abstractions;

namespace ThrottleNet.Real.Tests.Load;

/// <summary>The chaos run of the benchmarks, shortened.</summary>
[Trait("Category", "Slow")]
public sealed class ChaosTests(ITestOutputHelper output)
{
    [NeedsFact("root", "prlimit", "faketime")]
    public async Task Nothing_is_lost_and_nothing_doubles_without_a_reason_while_everything_fails()
    {
        var options = new ChaosOptions(TimeSpan.FromSeconds(90), Messages: 40_000, Seed: Environment.TickCount);

        var result = await ChaosRun.RunAsync(options, output.WriteLine);

        output.WriteLine(result.ToString());
        Assert.True(result.IsClean, result.ToString());
        Assert.Equal(result.Made, result.Delivered);
        Assert.True(result.Faults.Count > 1);
    }

    [NeedsFact("root", "prlimit")]
    public async Task Nothing_that_queues_have_taken_is_lost_while_nodes_and_next_hops_are_killed()
    {
        var options = new ChaosOptions(TimeSpan.FromSeconds(60), Messages: 8_000, Seed: Environment.TickCount) { Spools = true };

        var result = await ChaosRun.RunAsync(options, output.WriteLine);

        output.WriteLine(result.ToString());
        Assert.True(result.IsClean, result.ToString());
        Assert.Equal(result.Made, result.Delivered);
        Assert.NotEmpty(result.Faults);
    }
}
