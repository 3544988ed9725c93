namespace ThrottleNet.MxNode.Content;

/// <summary>How long the filters may take in one phase of a session: so long for each answer, and so long together.</summary>
internal sealed class PhaseBudget(TimeSpan silence, TimeSpan total, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>How long to wait now.</summary>
    /// <exception cref="FilterException">The time of the phase is used up.</exception>
    public TimeSpan Next()
    {
        var left = total - time.GetElapsedTime(_start);
        return left <= TimeSpan.Zero
            ? throw new FilterException(FilterFault.TimedOut, $"no answer within the {total.TotalSeconds:0} s that a client waits")
            : left < silence ? left : silence;
    }
}
