namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Measures about once a second whether the machine has too little memory or disk left to take mail.</summary>
/// <param name="dataDirectory">A folder on the disk that is watched.</param>
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

    // In a container, the available memory is the container's. The used memory is the process's, because the garbage collector's figure may be old.
    private bool Measure() =>
        Environment.WorkingSet > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShare
            || new DriveInfo(Path.GetFullPath(dataDirectory)).AvailableFreeSpace < diskReserve;
}
