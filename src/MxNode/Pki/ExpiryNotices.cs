namespace ThrottleNet.MxNode.Pki;

/// <summary>
/// The moments at which the log says that a certificate ends: once a day from 30 days before its end on, and at once when it has expired, or when
/// another one that ends soon has taken its place.
/// </summary>
internal sealed class ExpiryNotices(TimeProvider time)
{
    // Time to get a new certificate from the keeper of the authority.
    private static readonly TimeSpan Notice = TimeSpan.FromDays(30);

    private static readonly TimeSpan SayEvery = TimeSpan.FromDays(1);

    private (DateTimeOffset At, DateTimeOffset End, bool HasEnded) _said;

    /// <summary>Says what is due of the certificate in use.</summary>
    /// <param name="certificateEnd">Its end.</param>
    /// <param name="ends">Takes the end and the days until then.</param>
    /// <param name="ended">Takes the end.</param>
    public void Say(DateTimeOffset certificateEnd, Action<DateTime, int> ends, Action<DateTime> ended)
    {
        var now = time.GetUtcNow();
        var hasEnded = certificateEnd <= now;
        if (certificateEnd - now > Notice || (_said.End == certificateEnd && _said.HasEnded == hasEnded && now - _said.At < SayEvery))
        {
            return;
        }

        _said = (now, certificateEnd, hasEnded);
        if (hasEnded)
        {
            ended(certificateEnd.UtcDateTime);
        }
        else
        {
            ends(certificateEnd.UtcDateTime, (int)(certificateEnd - now).TotalDays);
        }
    }
}
