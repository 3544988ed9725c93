namespace ThrottleNet.MxNode.Trust.Feed;

/// <summary>Limits a rate by waiting. It does not end the connection, because a fast peer is not a hostile one. Not thread-safe.</summary>
/// <param name="time">The clock.</param>
/// <param name="rate">Units a second, on average.</param>
/// <param name="burst">Units that may be spent at once.</param>
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
