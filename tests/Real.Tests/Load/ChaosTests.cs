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
        var options = new ChaosOptions(TimeSpan.FromSeconds(90), Messages: 40_000, Seed: Environment.TickCount);

        var result = await ChaosRun.RunAsync(options, output.WriteLine);

        output.WriteLine(result.ToString());
        Assert.True(result.IsClean, result.ToString());
        Assert.Equal(result.Made, result.Delivered);
        Assert.Empty(result.Impossible);
        Assert.Equal(Enum.GetValues<FaultKind>(), result.Faults.Keys.Order());
    }
}
