namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Tells whether the machine has too little memory or disk left to take mail. It measures about once a second.</summary>
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

    // In a container, the memory available is the container's. What is used comes from the process: the garbage collector's figure may be old.
    private bool Measure() =>
        Environment.WorkingSet > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShare
            || new DriveInfo(Path.GetFullPath(dataDirectory)).AvailableFreeSpace < diskReserve;
}
