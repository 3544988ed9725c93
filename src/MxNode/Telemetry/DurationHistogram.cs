using System.Diagnostics.Metrics;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Histograms of durations in seconds.</summary>
internal static class DurationHistogram
{
    // From a quick answer to the patience of a client at the final dot.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
    };

    // From a delivery at once to the end of a message's time in the queue.
    private static readonly InstrumentAdvice<double> Days = new()
    {
        HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 30, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 86400, 2 * 86400, 5 * 86400],
    };

    // From a call within one machine to the hold, within which an attempt is judged in any case.
    private static readonly InstrumentAdvice<double> Milliseconds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 3],
    };

    /// <summary>Makes a histogram with bounds from 0.5 ms to 3 s.</summary>
    public static Histogram<double> CreateShortDuration(this Meter meter, string name, string description) => meter.CreateHistogram(name, "s", description, tags: null, Milliseconds);

    /// <summary>Makes a histogram with bounds from 5 ms to 300 s.</summary>
    public static Histogram<double> CreateDuration(this Meter meter, string name, string description) => meter.CreateHistogram(name, "s", description, tags: null, Seconds);

    /// <summary>Makes a histogram with bounds from 0.1 s to five days.</summary>
    public static Histogram<double> CreateLongDuration(this Meter meter, string name, string description) => meter.CreateHistogram(name, "s", description, tags: null, Days);
}
