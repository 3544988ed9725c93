using FsCheck;
using FsCheck.Fluent;

namespace ThrottleNet.Cluster.Tests.Simulation;

public sealed class ClusterSimulationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_undisturbed_cluster_passes_one_burst_and_loses_nothing(bool staleViews)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var sim = new Sim(seed, new SimSettings { StaleViews = staleViews }).Run();
            Assert.True(sim.Violations.Count == 0, $"seed {seed}: {string.Join("; ", sim.Violations)}");
            Assert.True(sim is { Lost: 0, UnknownPairs: 0 }, $"seed {seed}: {sim.Lost} lost, {sim.UnknownPairs} unknown pairs");
            Assert.InRange(sim.Passed, 1, 10);
        }
    }

    [Fact]
    public void Kinds()
    {
        foreach (var stale in new[] { false, true })
            foreach (var kind in Enum.GetValues<DisturbanceKind>())
            {
                int lost = 0, pairs = 0, hold = 0, total = 0, max = 0, viol = 0, lostSeeds = 0, pairSeeds = 0; var ex = "";
                for (var seed = 0; seed < 150; seed++)
                {
                    var r = new Random(seed);
                    var sim = new Sim(seed, new SimSettings { StaleViews = stale, Disturbances = [.. Enumerable.Range(0, 3).Select(_ => new Disturbance(kind, 1200 + r.Next(4500)))] }).Run();
                    lost += sim.Lost; pairs += sim.UnknownPairs; hold += sim.JudgedAtHold; total += sim.Attempts.Count; max = Math.Max(max, sim.Passed); viol += sim.Violations.Count;
                    if (sim.Lost > 0) { lostSeeds++; if (lostSeeds < 4) ex += $" L{seed}:{sim.Lost}"; }
                    if (sim.UnknownPairs > 0) { pairSeeds++; if (pairSeeds < 4) ex += $" P{seed}:{sim.UnknownPairs}"; }
                }
                Console.WriteLine($"seeds stale={stale} {kind,-12} lost {lost} in {lostSeeds}, pairs {pairs} in {pairSeeds}, hold {hold}/{total}, max passed {max}, violations {viol} {ex}");
            }
    }

    [Theory]
    [InlineData(124, DisturbanceKind.Join)]
    [InlineData(130, DisturbanceKind.GatewayJoin)]
    public void Pairs(int seed, object k)
    {
        var kind = (DisturbanceKind)k;
        var r = new Random(seed);
        var sim = new Sim(seed, new SimSettings { StaleViews = true, Disturbances = [.. Enumerable.Range(0, 3).Select(_ => new Disturbance(kind, 1200 + r.Next(4500)))] }).Run();
        var hot = sim.Attempts.Where(a => a is { Hot: true, Judged: not null }).ToList();
        foreach (var a in hot) foreach (var b in hot.Where(b => b.Id < a.Id && !a.Known.Contains(b.Id) && !b.Known.Contains(a.Id)))
            Console.WriteLine($"seeds pair {D(a)} / {D(b)}");
        Console.WriteLine("seeds " + string.Join(" ", sim.Settings.Disturbances));
        string D(SimAttempt a) => $"{a.Id} {a.Node?.Id.ToString() ?? a.Peer!.Core.Operator} t={a.Time/1000} judged={a.Judged/1000} {a.Basis} {a.AtHold} {a.Generation}";
    }

    [Fact]
    public void Run_long()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("CLUSTER_SEEDS") ?? "20");
        var first = int.Parse(Environment.GetEnvironmentVariable("CLUSTER_FIRST") ?? "0");
        var failures = new List<string>();
        long steps = 0, copies = 0, lost = 0, pairs = 0, hold = 0, trims = 0, went = 0, total = 0; int maxPassed = 0;
        for (var seed = first; seed < first + count; seed++)
        {
            var sim = new Sim(seed, SimScripts.Random(seed)).Run();
            steps += sim.Steps; copies += sim.Copies; lost += sim.Lost; pairs += sim.UnknownPairs; hold += sim.JudgedAtHold; trims += sim.Trims; total += sim.Attempts.Count;
            went += sim.Nodes.Sum(n => n.WentOnWithoutCopy); maxPassed = Math.Max(maxPassed, sim.Passed);
            if (sim.Violations.Count > 0) failures.Add($"seed {seed} [{string.Join(",", sim.Settings.Disturbances.Select(d => $"{d.Kind}@{d.At}"))}] stale={sim.Settings.StaleViews}: {string.Join("; ", sim.Violations.Take(int.Parse(Environment.GetEnvironmentVariable("CLUSTER_SHOW") ?? "3")))}");
        }
        Console.WriteLine($"seeds {count} steps {steps} copies {copies} went {went} lost {lost} pairs {pairs} hold {hold}/{total} trims {trims} maxpassed {maxPassed} failures {failures.Count}");
        foreach (var f in failures.Take(12)) Console.WriteLine(f);
        Assert.Empty(failures);
    }
}
