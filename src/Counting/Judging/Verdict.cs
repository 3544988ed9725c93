namespace ThrottleNet.Counting;

/// <summary>What is to become of an attempt.</summary>
/// <param name="Delay">With <see cref="VerdictAction.Slow"/>: the whole delay on top of the hold.</param>
/// <param name="RetryAfter">With <see cref="VerdictAction.Defer"/> and <see cref="VerdictAction.Refuse"/>: when it would pass, if the host sent nothing until then.</param>
public readonly record struct Verdict(VerdictAction Action, VerdictReason Reason, TimeSpan Delay = default, TimeSpan RetryAfter = default)
{
    /// <summary>The attempt is passed on, slowed or not.</summary>
    public bool Passes => Action is VerdictAction.Forward or VerdictAction.Slow;
}
