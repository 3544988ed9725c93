namespace ThrottleNet.Counting;

/// <summary>
/// The ledger's present: the time of day at start plus what has passed since, so that a correction of the system's clock
/// neither freezes the counts nor wipes them.
/// </summary>
internal sealed class LedgerClock(TimeProvider time)
{
    private readonly long _startTenths = Stamp.Tenths(time.GetUtcNow());
    private readonly long _startTimestamp = time.GetTimestamp();
    private readonly double _tenthsPerTick = (double)Stamp.PerSecond / time.TimestampFrequency;

    /// <summary>Tenths of a second, UTC.</summary>
    public long Tenths => _startTenths + (long)((time.GetTimestamp() - _startTimestamp) * _tenthsPerTick);

    public uint Now => Stamp.Of(Tenths);
}
