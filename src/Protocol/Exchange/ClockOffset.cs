namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// Estimates how far an origin's clock is behind this node's. Each batch carries its time of publication by the origin's clock and arrives
/// later, so the least difference of many is the offset plus the shortest delay. A late batch does not raise the estimate.
/// </summary>
internal struct ClockOffset
{
    // The estimate uses the current period and the one before. So it follows the origin's clock when that is set.
    private const long Period = 10 * 60 * 1000;

    // The delays of two batches over one link differ by less, unless the link is cut; then the batches arrive together, and the first is the later one.
    private const long Jitter = 500;

    private const long Century = 100L * 365 * 24 * 60 * 60 * 1000;

    private long _since;
    private long _least;
    private long _leastBefore;
    private long _last;
    private bool _known;

    /// <summary>
    /// Milliseconds by which the origin's clock is ahead of this node's; negative: behind; null: no batch came straight from the origin. Of the
    /// estimate and the last batch's difference it is the one closer to 0. So a late batch does not look like a wrong clock, and a clock that was
    /// set back looks right at once.
    /// </summary>
    public readonly long? Skew => !_known ? null : -(Math.Abs(_last) < Math.Abs(Least) ? _last : Least);

    private readonly long Least => Math.Min(_least, _leastBefore);

    /// <summary>Adds the difference to the estimate, and gives the time of the batch by this node's clock.</summary>
    /// <param name="now">Our time when it came.</param>
    /// <param name="time">The batch's time, by the origin's clock.</param>
    /// <param name="maxSkew">The largest correction.</param>
    /// <returns>Never in the future.</returns>
    public long Correct(long now, long time, long maxSkew)
    {
        var late = LateBy(now, time);
        if (!_known || now - _since > Period)
        {
            _leastBefore = _known ? _least : late;
            _least = late;
            _since = now;
            _known = true;
        }

        // Two batches that are late by the same time were not delayed by the network: the origin's clock was set back.
        if (late - Least > maxSkew && Math.Abs(late - _last) < Jitter)
        {
            (_least, _leastBefore, _since) = (late, late, now);
        }

        _least = Math.Min(_least, late);
        _last = late;
        return Corrected(now, late, maxSkew);
    }

    /// <summary>The time by this node's clock of a batch that a neighbour kept. The estimate does not change: only the neighbour says how long it kept the batch.</summary>
    /// <param name="now">Our time when it came.</param>
    /// <param name="age">How long ago it was published, as the neighbour says. Used only while there is no estimate.</param>
    /// <param name="time">The batch's time, by the origin's clock.</param>
    /// <param name="maxSkew">The largest correction.</param>
    /// <returns>Never in the future.</returns>
    public readonly long CorrectKept(long now, long age, long time, long maxSkew) =>
        _known ? Corrected(now, LateBy(now, time), maxSkew) : new ClockOffset().Correct(now - age, time, maxSkew);

    /// <summary>Whether the origin's clock is further off than is corrected.</summary>
    public readonly bool IsBeyond(long maxSkew) => _known && Math.Abs(Least) > maxSkew;

    // Times come from the wire: keep them where neither differences nor time spans overflow.
    private static long LateBy(long now, long time) => now - Math.Clamp(time, now - Century, now + Century);

    private readonly long Corrected(long now, long late, long maxSkew) =>
        Math.Min(now, now - late + Math.Clamp(Least, -maxSkew, maxSkew));
}
