using ThrottleNet.Stress.Chaos;
using Xunit.Abstractions;

namespace ThrottleNet.Real.Tests.Load;

/// <summary>The chaos run of the benchmarks, shortened: three nodes, three scripted next hops and a Postfix, mail passed on and mail spooled.</summary>
[Trait("Category", "Slow")]
public sealed class ChaosTests(ITestOutputHelper output)
{
    [NeedsFact("root", "prlimit", "faketime", "postfix")]
    public async Task Nothing_is_lost_and_nothing_doubles_without_a_reason_while_everything_fails()
    {
        var options = new ChaosOptions(TimeSpan.FromSeconds(75), Messages: 200_000, Seed: Environment.TickCount);

        var result = await ChaosRun.RunAsync(options, output.WriteLine);

        output.WriteLine(result.ToString());
        Assert.True(result.IsClean, result.ToString());
        Assert.Equal(result.Made, result.Delivered);
        Assert.Empty(result.Impossible);
        Assert.Equal(Enum.GetValues<FaultKind>(), result.Faults.Keys.Order());
    }

    [NeedsFact("root", "prlimit")]
    public async Task Nothing_that_queues_have_taken_is_lost_while_nodes_and_next_hops_are_killed()
    {
        var options = new ChaosOptions(TimeSpan.FromSeconds(40), Messages: 5_000, Seed: Environment.TickCount) { Spools = true };

        var result = await ChaosRun.RunAsync(options, output.WriteLine);

        output.WriteLine(result.ToString());
        Assert.True(result.IsClean, result.ToString());
        Assert.Equal(result.Made, result.Delivered);
        Assert.NotEmpty(result.Faults);
    }
}
