using System.Globalization;
using System.Net;
using System.Reflection;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ThrottleNet.Benchmarks.Inbound;
using ThrottleNet.Benchmarks.Smtp;
using ThrottleNet.Benchmarks.Soak;
using ThrottleNet.Benchmarks.Throttle;
using ThrottleNet.Benchmarks.Zones;

// Memory is measured by whole processes: "held N" for held connections, "ledger-memory" for ten million hosts' rows, and
// "soak [minutes]" runs five nodes under load, for an hour by default; exit 1 if their memory does not stay flat.
// "dnswl N" compares the name server with rbldnsd, for a list of N entries (needs rbldnsd and dnsperf).
// "bdat [address:port recipient]" compares texts by DATA and by BDAT, to a scripted next hop or to a real one.
// All other arguments are BenchmarkDotNet's.
switch (args)
{
    case ["held", var connections]:
        await HeldConnections.RunAsync(int.Parse(connections, CultureInfo.InvariantCulture));
        return;
    case ["dnswl", var entries]:
        await DnswlComparison.RunAsync(int.Parse(entries, CultureInfo.InvariantCulture));
        return;
    case ["bdat"]:
        await ChunkingComparison.RunAsync(hop: null, "bob@bench.test", messages: 5000);
        return;
    case ["bdat", var hop, var recipient]:
        await ChunkingComparison.RunAsync(IPEndPoint.Parse(hop), recipient, messages: 1000);
        return;
    case ["ledger-memory"]:
        LedgerMemory.Run();
        return;
    case ["soak"]:
        Environment.ExitCode = await SoakRun.RunAsync(minutes: 60);
        return;
    case ["soak", var minutes]:
        Environment.ExitCode = await SoakRun.RunAsync(double.Parse(minutes, CultureInfo.InvariantCulture));
        return;
}

// In this process, because BenchmarkDotNet's generated projects do not use this solution's properties and analysers.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args, config);
