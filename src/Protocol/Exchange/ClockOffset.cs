namespace ThrottleNet.Protocol.Exchange;

/// <summary>
/// How far an origin's clock is behind ours, from the batches that came: each says "published at t", and came later
/// than that, so the least difference of many is the offset plus the quickest way. Late batches don't raise it.
/// </summary>
internal struct ClockOffset
{
    // The estimate forgets what is older than two of these, so that a clock that was set is followed.
    private const long Period = 10 * 60 * 1000;

    private long _since;
    private long _least;
    private long _leastBefore;
    private bool _known;

    /// <summary>Takes the difference into account, and gives the time of the batch by our clock.</summary>
    /// <param name="now">Our time when it came.</param>
    /// <param name="time">The origin's.</param>
    /// <param name="maxSkew">The correction never exceeds this: a clock further off than that is not believed.</param>
    /// <returns>Never in the future.</returns>
    public long Correct(long now, long time, long maxSkew)
    {
        // Times come from the wire: keep them where differences cannot overflow.
        var late = now - Math.Clamp(time, 0, 2 * now);
        if (!_known || now - _since > Period)
        {
            _leastBefore = _known ? _least : late;
            _least = late;
            _since = now;
            _known = true;
        }

        _least = Math.Min(_least, late);
        return Corrected(now, late, maxSkew);
    }

    /// <summary>Gives the time by our clock of a batch that a neighbour kept, and learns nothing: how long it was kept is the neighbour's word.</summary>
    /// <param name="now">Our time when it came.</param>
    /// <param name="age">How long ago it would have come in time. Counts only while nothing is known of the clock.</param>
    /// <param name="time">The origin's.</param>
    /// <param name="maxSkew">As above.</param>
    /// <returns>Never in the future.</returns>
    public readonly long CorrectKept(long now, long age, long time, long maxSkew) =>
        _known ? Corrected(now, now - Math.Clamp(time, 0, 2 * now), maxSkew) : new ClockOffset().Correct(now - age, time, maxSkew);

    private readonly long Corrected(long now, long late, long maxSkew) =>
        Math.Min(now, now - late + Math.Clamp(Math.Min(_least, _leastBefore), -maxSkew, maxSkew));
}
