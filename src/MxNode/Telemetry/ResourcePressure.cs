namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Measures about once a second whether the machine has too little memory or disk left to take mail.</summary>
/// <param name="dataDirectory">A folder on the disk that is watched.</param>
/// <param name="diskReserve">Octets that must be free there.</param>
/// <param name="time">The clock of the measurements.</param>
internal sealed class ResourcePressure(string dataDirectory, long diskReserve, TimeProvider time)
{
    private const double MemoryShare = 0.9;
    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(1);

    // A collection stops all threads while it runs.
    private static readonly TimeSpan CollectEvery = TimeSpan.FromSeconds(10);

    private long _measured = long.MinValue;
    private long _collected = long.MinValue;
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

    private bool Measure() => IsShortOfMemory() || new DriveInfo(Path.GetFullPath(dataDirectory)).AvailableFreeSpace < diskReserve;

    // Under pressure the node refuses nearly all work, so it allocates little, and the runtime sees no reason to collect what the work before left behind. Without
    // a collection the node would refuse mail for ever.
    private bool IsShortOfMemory()
    {
        var isShort = UsesTooMuch();
        if (!isShort || (_collected != long.MinValue && time.GetElapsedTime(_collected) < CollectEvery))
        {
            return isShort;
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _collected = time.GetTimestamp();
        return UsesTooMuch();
    }

    // In a container, the available memory is the container's. The used memory is the process's, because the garbage collector's figure may be old.
    private static bool UsesTooMuch() => Environment.WorkingSet > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShare;
}
