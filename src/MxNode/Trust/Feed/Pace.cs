namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>Tells how long to wait so as not to go faster than a rate. Waiting, not breaking off: a fast peer is no hostile one.</summary>
/// <param name="time">The clock.</param>
/// <param name="rate">A second, over time.</param>
/// <param name="burst">At once.</param>
internal sealed class Pace(TimeProvider time, double rate, double burst)
{
    private double _spent;
    private long _at = time.GetTimestamp();

    /// <summary>Spends some, and waits until that was allowed.</summary>
    public Task SpendAsync(double amount, CancellationToken cancel)
    {
        var now = time.GetTimestamp();
        _spent = Math.Max(0, _spent - (time.GetElapsedTime(_at, now).TotalSeconds * rate)) + amount;
        _at = now;
        return _spent <= burst ? Task.CompletedTask : Task.Delay(TimeSpan.FromSeconds((_spent - burst) / rate), time, cancel);
    }
}
