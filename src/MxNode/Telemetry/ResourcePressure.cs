namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Says when the machine has too little memory or disk left to take mail; measured about once a second.</summary>
/// <param name="dataDirectory">On the disk that is watched.</param>
/// <param name="diskReserve">Octets that must be free there.</param>
/// <param name="time">The clock of the measurements.</param>
internal sealed class ResourcePressure(string dataDirectory, long diskReserve, TimeProvider time)
{
    private const double MemoryShare = 0.9;
    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(1);

    private long _measured = long.MinValue;
    private volatile bool _short;

    public bool IsShort()
    {
        var now = time.GetTimestamp();
        var measured = Interlocked.Read(ref _measured);
        if ((measured == long.MinValue || time.GetElapsedTime(measured, now) >= MeasureEvery) && Interlocked.CompareExchange(ref _measured, now, measured) == measured)
        {
            _short = Measure();
        }

        return _short;
    }

    // The memory available is the container's where there is one. The collector's own figure of what is used may be old, so the process is asked.
    private bool Measure() =>
        Environment.WorkingSet > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShare
            || new DriveInfo(Path.GetFullPath(dataDirectory)).AvailableFreeSpace < diskReserve;
}
