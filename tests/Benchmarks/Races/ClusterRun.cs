using System.Globalization;
using ThrottleNet.Real.Tests.Cluster;

namespace ThrottleNet.Benchmarks.Races;

/// <summary>
/// Runs each of <see cref="ClusterTrials"/> several times and prints the worst outcome beside the aim. A trial whose own checks fail (unequal counts, a count
/// reported twice) counts as failed.
/// </summary>
internal static class ClusterRun
{
    private const int Burst = 10;

    // A second burst passes a node without an order; the host earns one more recipient in some tenths of a second.
    private const int Two = (2 * Burst) + 2;
    private const int Nodes = 3;

    private static readonly TimeSpan Disturbed = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan NextReport = TimeSpan.FromSeconds(4);

    // After two minutes (ClusterLimits.ReaderMemory) the logs of shards no longer wait for a node that has not been heard of.
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(150);

    // A round of an outage mostly waits, its cluster has machines of its own, and its aim does not depend on speed.
    private const int OutagesAtOnce = 5;

    /// <param name="only">The name of one trial; null for all.</param>
    /// <returns>0 if every aim was met.</returns>
    public static async Task<int> RunAsync(int rounds, string? only)
    {
        Trial[] trials =
        [
            new("spray", async () => await ClusterTrials.SprayAsync(), Burst + 1),
            new("kill", async () => await ClusterTrials.KillAsync(), Two),
            new("kill-spare", async () => await ClusterTrials.KillSpareAsync(), Burst + 1),
            new("freeze", async () => await ClusterTrials.FreezeAsync(Disturbed), Two),
            new("cut", async () => await ClusterTrials.CutAsync(Disturbed), Two),
            new("outage", async () => await ClusterTrials.OutageAsync(Outage), Nodes * (Burst + 1)) { AtOnce = OutagesAtOnce },
            new("redis", async () => await ClusterTrials.RedisAsync(), Burst + 1),
            new("speaker", async () => (await ClusterTrials.SpeakerAsync()).TotalSeconds, NextReport.TotalSeconds),
            new("scale", async () => await ClusterLifeTrials.ScaleAsync(), Burst + 1),
            new("rolling", async () => await ClusterLifeTrials.RollingRestartAsync(), Burst + 1),
            new("drain", async () => await ClusterLifeTrials.DrainAsync(), Burst + 1),
        ];
        var missed = 0;
        foreach (var trial in trials.Where(t => only is null || t.Name == only))
        {
            missed += await IsMetAsync(trial, rounds) ? 0 : 1;
        }

        return missed == 0 ? 0 : 1;
    }

    private static async Task<bool> IsMetAsync(Trial trial, int rounds)
    {
        var since = TimeProvider.System.GetTimestamp();
        List<double?> outcomes = [];
        while (outcomes.Count < rounds)
        {
            var first = outcomes.Count + 1;
            outcomes.AddRange(await Task.WhenAll(Enumerable.Range(first, Math.Min(trial.AtOnce, rounds - first + 1)).Select(round => RunOnceAsync(trial, round, rounds))));
        }

        var measured = outcomes.OfType<double>().ToList();
        var worst = measured.DefaultIfEmpty(double.NaN).Max();
        Print($"{trial.Name,-10} worst {worst,5:0.0}  aim {trial.Aim,4:0}  rounds {measured.Count}, failed {rounds - measured.Count}, {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0} s: {string.Join(' ', measured.Select(o => o.ToString("0.0", CultureInfo.InvariantCulture)))}");
        return measured.Count == rounds && worst <= trial.Aim;
    }

    // Every wait of a trial has a bound, so a round ends. Null if it failed.
    private static async Task<double?> RunOnceAsync(Trial trial, int round, int rounds)
    {
        var since = TimeProvider.System.GetTimestamp();
        double? outcome = null;
        var fault = "";
        try
        {
            outcome = await trial.Run();
        }
        catch (Exception e)
        {
            fault = $"failed: {e.Message}";
        }

        Print($"  {trial.Name}, round {round} of {rounds}: {outcome:0.0}{fault} (took {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0} s)");
        return outcome;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed record Trial(string Name, Func<Task<double>> Run, double Aim)
    {
        /// <summary>Rounds that run beside each other.</summary>
        public int AtOnce { get; init; } = 1;
    }
}
