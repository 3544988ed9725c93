using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using ThrottleNet.MxNode.Simulate;

namespace ThrottleNet.Benchmarks.Exchange;

/// <summary>Simulates ten thousand nodes of fifty operators. Measures the run time, and prints the simulation's figures: times to 99 %, copies a node, octets an entry, leak, wrong refusals.</summary>
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 0, iterationCount: 1, invocationCount: 1)]
public class SimulationBenchmarks
{
    [Benchmark]
    public void TenThousandNodes()
    {
        var options = new SimulationOptions
        {
            Nodes = 10_000,
            WarmUp = 5,
            Seconds = 10,
            BusyNodes = 20,
            Innocents = 60,
            SprayNodes = 100,
        };
        Console.WriteLine($"// {string.Join(", ", SimulationHeadlines.Describe(options))}");
        foreach (var line in SimulationHeadlines.Of(options, new Simulation(options).Run()))
        {
            Console.WriteLine($"// {line.What}: {line.Value}");
        }
    }
}
