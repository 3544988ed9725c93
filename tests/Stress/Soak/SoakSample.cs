using System.Diagnostics;

namespace ThrottleNet.Stress.Soak;

/// <summary>The memory and the load of the network at one moment.</summary>
/// <param name="Minutes">Since the load began.</param>
/// <param name="Heap">Octets of the managed heap, right after it was collected.</param>
/// <param name="Resident">Octets of the process, load and destination included.</param>
/// <param name="Rows">In all ledgers.</param>
/// <param name="Batches">Sent and received so far.</param>
/// <param name="Outcomes">Of the sessions so far.</param>
internal readonly record struct SoakSample(double Minutes, long Heap, long Resident, int Rows, long Batches, SoakOutcomes Outcomes)
{
    public static SoakSample Take(TimeSpan since, SoakNetwork network, SoakLoad load) => new(
        since.TotalMinutes, HeapNow(), Environment.WorkingSet, network.Rows, network.Batches, load.Outcomes);

    // Objects that finalizers release are collected too.
    private static long HeapNow()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: false);
    }

    /// <summary>The growth of the heap in kilobytes a minute: the slope of the best straight line, without the first third of the samples, which is warm-up.</summary>
    public static double Slope(IReadOnlyList<SoakSample> samples)
    {
        var steady = samples.Skip(samples.Count / 3).ToList();
        Debug.Assert(steady.Count > 1, "a line takes two points");
        var (meanTime, meanHeap) = (steady.Average(s => s.Minutes), steady.Average(s => s.Heap / 1024.0));
        var spread = steady.Sum(s => (s.Minutes - meanTime) * (s.Minutes - meanTime));
        return spread == 0 ? 0 : steady.Sum(s => (s.Minutes - meanTime) * ((s.Heap / 1024.0) - meanHeap)) / spread;
    }
}
