namespace ThrottleNet.MxNode.Inbound.Hooks;

/// <summary>
/// The delay that the recipients of a transaction have earned, spread over the transaction's answers: to RCPT, to DATA, to the text.
/// Early answers carry as much as they may, because no text is held in memory yet. No answer takes longer than <see cref="MaxWait"/>;
/// what is left of the delay after the last answer is dropped, and the message passes.
/// </summary>
internal sealed class SlowAnswers
{
    /// <summary>RFC 5321, section 4.5.3.2, lets clients wait for minutes; some close after 30 s of silence.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(20);

    private TimeSpan _earned;
    private TimeSpan _given;

    /// <summary>Of several recipients the longest delay counts, not the sum.</summary>
    public void Earn(TimeSpan delay) => _earned = delay > _earned ? delay : _earned;

    /// <summary>The part of the delay that the next answer carries, after it has already waited for <paramref name="waited"/>.</summary>
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
