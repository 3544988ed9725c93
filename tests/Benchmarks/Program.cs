using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ThrottleNet.Benchmarks.Inbound;

// Memory is measured by whole processes: "held N" for held connections; the rest is BenchmarkDotNet's.
if (args is ["held", var connections])
{
    await HeldConnections.RunAsync(int.Parse(connections, CultureInfo.InvariantCulture));
    return;
}

// In this process: BenchmarkDotNet's own builds would have to know this solution's properties and analysers.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args, config);
