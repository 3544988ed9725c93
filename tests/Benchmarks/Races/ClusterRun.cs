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
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan NextReport = TimeSpan.FromSeconds(4);

    /// <param name="only">The name of one trial; null for all.</param>
    /// <returns>0 if every aim was met.</returns>
    public static async Task<int> RunAsync(int rounds, string? only)
    {
        (string Name, Func<Task<double>> Trial, double Aim)[] trials =
        [
            ("spray", async () => await ClusterTrials.SprayAsync(), Burst + 1),
            ("kill", async () => await ClusterTrials.KillAsync(), Two),
            ("kill-spare", async () => await ClusterTrials.KillSpareAsync(), Burst + 1),
            ("freeze", async () => await ClusterTrials.FreezeAsync(Disturbed), Two),
            ("cut", async () => await ClusterTrials.CutAsync(Disturbed), Two),
            ("outage", async () => await ClusterTrials.OutageAsync(Outage), Nodes * (Burst + 1)),
            ("redis", async () => await ClusterTrials.RedisAsync(), Burst + 1),
            ("speaker", async () => (await ClusterTrials.SpeakerAsync()).TotalSeconds, NextReport.TotalSeconds),
            ("scale", async () => await ClusterLifeTrials.ScaleAsync(), Burst + 1),
            ("rolling", async () => await ClusterLifeTrials.RollingRestartAsync(), Burst + 1),
            ("drain", async () => await ClusterLifeTrials.DrainAsync(), Burst + 1),
        ];
        var missed = 0;
        foreach (var (name, trial, aim) in trials.Where(t => only is null || t.Name == only))
        {
            var outcomes = new List<double>();
            var failures = 0;
            for (var round = 0; round < rounds; round++)
            {
                var since = TimeProvider.System.GetTimestamp();
                string outcome;
                try
                {
                    outcomes.Add(await trial());
                    outcome = outcomes[^1].ToString("0.0", CultureInfo.InvariantCulture);
                }
                catch (Exception e)
                {
                    failures++;
                    outcome = $"failed: {e.Message}";
                }

                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"  {name}, round {round + 1} of {rounds}: {outcome} (took {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0} s)"));
            }

            var worst = outcomes.DefaultIfEmpty(double.NaN).Max();
            missed += failures > 0 || !(worst <= aim) ? 1 : 0;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name,-10} worst {worst,5:0.0}  aim {aim,4:0}  rounds {outcomes.Count}, failed {failures}: {string.Join(' ', outcomes.Select(o => o.ToString("0.0", CultureInfo.InvariantCulture)))}"));
        }

        return missed == 0 ? 0 : 1;
    }
}
