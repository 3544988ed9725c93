namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>Delays work to a rate. The call with a fast peer is slowed, not ended: a fast peer need not be hostile.</summary>
/// <param name="time">The clock.</param>
/// <param name="rate">Units a second, over time.</param>
/// <param name="burst">Units at once.</param>
internal sealed class Pace(TimeProvider time, double rate, double burst)
{
    private double _spent;
    private long _at = time.GetTimestamp();

    /// <summary>Spends units, and waits until the rate allows them.</summary>
    public Task SpendAsync(double amount, CancellationToken cancel)
    {
        var now = time.GetTimestamp();
        _spent = Math.Max(0, _spent - (time.GetElapsedTime(_at, now).TotalSeconds * rate)) + amount;
        _at = now;
        return _spent <= burst ? Task.CompletedTask : Task.Delay(TimeSpan.FromSeconds((_spent - burst) / rate), time, cancel);
    }
}
