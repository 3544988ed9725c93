namespace ThrottleNet.MxNode.Inbound;

/// <summary>
/// The delay a transaction has earned, given out over its answers: to RCPT, to DATA, to the text.
/// Early answers carry as much as they may, since no text is held in memory yet; none takes longer than <see cref="MaxWait"/>.
/// </summary>
internal sealed class SlowAnswers
{
    /// <summary>Clients give up after two to five minutes (RFC 5321, section 4.5.3.2); no answer comes near that.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private TimeSpan _earned;
    private TimeSpan _given;

    /// <summary>Of several recipients the slowest counts, not the sum.</summary>
    public void Earn(TimeSpan delay) => _earned = delay > _earned ? delay : _earned;

    /// <summary>What the next answer carries, when it has already waited for <paramref name="waited"/>.</summary>
    public TimeSpan Take(TimeSpan waited)
    {
        var room = MaxWait - waited;
        var delay = _earned - _given;
        delay = delay < room ? delay : room;
        if (delay <= TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        _given += delay;
        return delay;
    }
}
