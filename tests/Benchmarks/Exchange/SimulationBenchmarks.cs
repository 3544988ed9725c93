using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using ThrottleNet.MxNode.Simulate;

namespace ThrottleNet.Benchmarks.Exchange;

/// <summary>Ten thousand nodes of fifty operators: how long it takes, and what it measures.</summary>
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 0, iterationCount: 1, invocationCount: 1)]
public class SimulationBenchmarks
{
    [Benchmark]
    public void TenThousandNodes()
    {
        var result = new Simulation(new SimulationOptions
        {
            Nodes = 10_000,
            WarmUp = 5,
            Seconds = 10,
            BusyNodes = 20,
            Innocents = 60,
            SprayNodes = 100,
        }).Run();
        Console.WriteLine($"// {result}");
    }
}
