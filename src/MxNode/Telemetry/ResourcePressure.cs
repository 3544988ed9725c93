using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>Measures about once a second whether the machine has too little memory or disk left to take mail.</summary>
internal sealed class ResourcePressure
{
    private const double MemoryShare = 0.9;
    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(1);

    private readonly DiskLook _look;
    // A collection stops all threads while it runs.
    private static readonly TimeSpan CollectEvery = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private long _collected = long.MinValue;
    private volatile bool _short;

    /// <param name="dataDirectory">A folder on the disk that is watched.</param>
    /// <param name="diskReserve">Octets that must be free there.</param>
    /// <param name="time">The clock of the measurements.</param>
    public ResourcePressure(string dataDirectory, long diskReserve, TimeProvider time)
    {
        _time = time;
        _look = new DiskLook(MeasureEvery, time, () => Measure(dataDirectory, diskReserve));
    }

    /// <summary>As of the last measurement, which a stalled disk may delay.</summary>
    public bool IsShort()
    {
        _look.IfDue();
        return _short;
    }

    private void Measure(string dataDirectory, long diskReserve)
    {
        var isMemoryShort = IsShortOfMemory();
        try
        {
            _short = isMemoryShort || new DriveInfo(Path.GetFullPath(dataDirectory)).AvailableFreeSpace < diskReserve;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _short = isMemoryShort; // the folder cannot be reached; what needs it fails by itself
        }
    }

    // Under pressure the node refuses nearly all work, so it allocates little, and the runtime sees no reason to collect what the work before left behind. Without
    // a collection the node would refuse mail for ever.
    private bool IsShortOfMemory()
    {
        var isShort = UsesTooMuch();
        if (!isShort || (_collected != long.MinValue && _time.GetElapsedTime(_collected) < CollectEvery))
        {
            return isShort;
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _collected = _time.GetTimestamp();
        return UsesTooMuch();
    }

    // In a container, the available memory is the container's. The used memory is the process's, because the garbage collector's figure may be old.
    private static bool UsesTooMuch() => Environment.WorkingSet > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShare;
}
