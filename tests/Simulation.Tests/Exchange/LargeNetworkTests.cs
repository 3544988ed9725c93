using System.Diagnostics;
using ThrottleNet.MxNode.Simulate;
using Xunit.Abstractions;

namespace ThrottleNet.Simulation.Tests.Exchange;

public sealed class LargeNetworkTests(ITestOutputHelper output)
{
    [Fact]
    public void A_thousand_nodes_hear_of_a_spray_in_time()
    {
        var options = new SimulationOptions();
        var watch = Stopwatch.StartNew();
        var simulation = new MxNode.Simulate.Simulation(options);
        var result = simulation.Run();
        output.WriteLine($"seed {options.Seed}, {watch.Elapsed.TotalSeconds:f1} s ({Environment.CpuUsage.TotalTime.TotalSeconds:f1} s of processor, {GC.GetTotalPauseDuration().TotalSeconds:f1} s of it collecting): {result}, {GC.GetTotalMemory(false) >> 20} MiB, {simulation.Network.Statistics.Frames} frames");

        Assert.True(result.WorstTime99 <= (1.5 * result.DirectTime99) + 1000, result.ToString());
        Assert.True(result.CopiesPerNode <= 2, result.ToString());
        Assert.True(result.Leaked <= result.Limit, result.ToString());
        Assert.Equal(0, result.WronglyDeferred);
    }
}
