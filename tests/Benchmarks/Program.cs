using System.Globalization;
using System.Net;
using System.Reflection;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ThrottleNet.Benchmarks.Inbound;
using ThrottleNet.Benchmarks.Races;
using ThrottleNet.Benchmarks.Smtp;
using ThrottleNet.Benchmarks.Throttle;
using ThrottleNet.Benchmarks.Zones;
using ThrottleNet.Stress.Attacks;
using ThrottleNet.Stress.Chaos;
using ThrottleNet.Stress.Soak;

// Memory is measured by whole processes: "held N" for held connections, "ledger-memory" for ten million hosts' rows, and
// "soak [minutes]" runs five nodes under load, for an hour by default; exit 1 if their memory does not stay flat.
// "chaos MINUTES [--messages N] [--seed S] [--spool]" makes nodes, next hops, disks, clocks and paths fail under load; exit 1 if a message was lost.
// "attack memory [MIB]" and "attack places|hops|floods" attack a node process; exit 1 if an aim is missed.
// "dnswl N" compares the name server with rbldnsd, for a list of N entries (needs rbldnsd and dnsperf).
// "relay-race N", "spool-race N" and "filter-race N" send N messages through a node and through a Postfix with the same job (need root, Postfix, rspamd).
// "bdat [address:port recipient]" compares texts by DATA and by BDAT, to a scripted next hop or to a real one.
// "authentication N" measures what the check of a sender costs a message: off, results and ARC; with and without XCLIENT; N messages in each round.
// "tls-policy N" sends N messages over a kept session, and N / 20 with a session each, without a policy, with MTA-STS and with DANE.
// "trusted N" sends a trusted client's messages through nodes with and without the checks of senders and the policies of TLS, N to each in each round (needs Postfix).
// "cluster ROUNDS [spray|kill|kill-spare|freeze|cut|outage|redis|speaker|scale|rolling|drain]" disturbs a cluster of processes and prints the worst of so many
// rounds (freeze, cut and outage need root).
// "cluster-figures MESSAGES" measures a cluster of processes: relay speed beside a single node's, order, failover, memory and processor time (needs Postfix).
// "start PROGRAM" times a published node from its start to its first greeting, and reads its idle memory, beside Postfix (needs root and Postfix).
// All other arguments are BenchmarkDotNet's.
switch (args)
{
    case ["held", var connections]:
        await HeldConnections.RunAsync(int.Parse(connections, CultureInfo.InvariantCulture));
        return;
    case ["chaos", var length, .. var options]:
        Environment.ExitCode = await ChaosCommand.RunAsync(length, options);
        return;
    case ["attack", .. var attack]:
        Environment.ExitCode = await AttackCommand.RunAsync(attack);
        return;
    case ["dnswl", var entries]:
        await DnswlComparison.RunAsync(int.Parse(entries, CultureInfo.InvariantCulture));
        return;
    case ["relay-race", var messages]:
        await PostfixRace.RunRelayAsync(int.Parse(messages, CultureInfo.InvariantCulture));
        return;
    case ["spool-race", var messages]:
        await PostfixRace.RunSpoolAsync(int.Parse(messages, CultureInfo.InvariantCulture));
        return;
    case ["filter-race", var messages]:
        await PostfixRace.RunFilterAsync(int.Parse(messages, CultureInfo.InvariantCulture));
        return;
    case ["cluster", var rounds, .. var trial]:
        Environment.ExitCode = await ClusterRun.RunAsync(int.Parse(rounds, CultureInfo.InvariantCulture), trial.FirstOrDefault());
        return;
    case ["cluster-figures", var messages]:
        await ClusterFigures.RunAsync(int.Parse(messages, CultureInfo.InvariantCulture));
        return;
    case ["start", var program]:
        await StartRun.RunAsync(program);
        return;
    case ["authentication", var messages]:
        await AuthenticationCost.RunAsync(int.Parse(messages, CultureInfo.InvariantCulture));
        return;
    case ["trusted", var messages]:
        await TrustedRace.RunAsync(int.Parse(messages, CultureInfo.InvariantCulture));
        return;
    case ["bdat"]:
        await ChunkingComparison.RunAsync(hop: null, "bob@bench.test", messages: 5000);
        return;
    case ["bdat", var hop, var recipient]:
        await ChunkingComparison.RunAsync(IPEndPoint.Parse(hop), recipient, messages: 1000);
        return;
    case ["tls-policy", var messages]:
        await TlsPolicyCost.RunAsync(int.Parse(messages, CultureInfo.InvariantCulture));
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
