using System.Globalization;

namespace ThrottleNet.Stress.Soak;

/// <summary>
/// Five nodes under load for a given time: their memory must stay flat. It does if the managed heap, collected before
/// each sample, grows by less than <see cref="MaxSlope"/> over the last two thirds. No session may fail, and no node log an error.
/// </summary>
internal static class SoakRun
{
    /// <summary>Kilobytes a minute, of five nodes together: under 4 MB in an hour. At two thousand sessions a minute, 33 octets left by each would be over it.</summary>
    public const double MaxSlope = 64;

    /// <summary>Batches are kept for two minutes. In a shorter run they still accumulate in the last two thirds.</summary>
    private const int LeastMinutes = 6;

    private static readonly TimeSpan SampleEvery = TimeSpan.FromSeconds(5);

    /// <summary>Returns 0 if the memory stays flat, otherwise 1.</summary>
    public static async Task<int> RunAsync(double minutes)
    {
        await using var network = await SoakNetwork.StartAsync();
        var load = new SoakLoad(network.Smtp);
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(minutes), TimeProvider.System);
        var began = TimeProvider.System.GetTimestamp();
        var running = load.RunAsync(int.MaxValue, end.Token);
        var samples = new List<SoakSample>();
        using var timer = new PeriodicTimer(SampleEvery, TimeProvider.System);
        while (!running.IsCompleted && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            samples.Add(SoakSample.Take(TimeProvider.System.GetElapsedTime(began), network, load));
            Console.Write((Console.IsOutputRedirected ? "" : "\r") + Line(samples[^1], minutes) + (Console.IsOutputRedirected ? Environment.NewLine : ""));
        }

        await running;
        Console.WriteLine();
        return Tell(samples, minutes, network, load);
    }

    private static string Line(SoakSample sample, double minutes) => Text(
        $"{sample.Minutes,6:0.0} of {minutes} min: heap {Mega(sample.Heap)}, resident {Mega(sample.Resident)}, {sample.Rows} rows, {sample.Batches} batches, {sample.Outcomes.All} sessions, {sample.Outcomes.Failed} failed ");

    private static int Tell(List<SoakSample> samples, double minutes, SoakNetwork network, SoakLoad load)
    {
        Console.WriteLine("   min        heap    resident      rows     batches    passed  deferred   refused    failed");
        foreach (var s in Enumerable.Range(0, 10).Select(i => samples[i * (samples.Count - 1) / 9]).Distinct())
        {
            Console.WriteLine(Text(
                $"{s.Minutes,6:0.0} {Mega(s.Heap),11} {Mega(s.Resident),11} {s.Rows,9} {s.Batches,11} {s.Outcomes.Passed,9} {s.Outcomes.Deferred,9} {s.Outcomes.Refused,9} {s.Outcomes.Failed,9}"));
        }

        var slope = SoakSample.Slope(samples);
        var (errors, first) = network.Errors;
        var clean = errors == 0 && load.Outcomes.Failed == 0;
        Console.WriteLine(Text($"{errors} errors logged{(first is null ? "" : ", first: " + first)}"));
        Console.WriteLine(Text($"{load.Outcomes.Failed} sessions failed{(load.FirstFailure is null ? "" : ", first: " + load.FirstFailure)}"));
        if (minutes < LeastMinutes)
        {
            Console.WriteLine(Text($"no verdict in under {LeastMinutes} minutes; the heap grew by {slope:0} kB a minute"));
            return clean ? 0 : 1;
        }

        Console.WriteLine(Text($"{(slope < MaxSlope ? "flat" : "NOT flat")}: over the last two thirds the heap grew by {slope:0} kB a minute (limit {MaxSlope})"));
        return clean && slope < MaxSlope ? 0 : 1;
    }

    private static string Mega(long octets) => Text($"{octets / 1e6:0.0} MB");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
