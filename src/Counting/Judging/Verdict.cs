namespace ThrottleNet.Counting;

internal enum VerdictAction
{
    /// <summary>Pass it on.</summary>
    Forward,

    /// <summary>Pass it on, after the delay.</summary>
    Slow,

    /// <summary>Answer 451: later.</summary>
    Defer,

    /// <summary>Answer 421 and hang up; the host is refused at the door until it has calmed down.</summary>
    Refuse,
}

/// <summary>Why. One mapper turns a reason into an SMTP reply.</summary>
internal enum VerdictReason
{
    /// <summary>The trust list names the host.</summary>
    Trusted,

    /// <summary>As much as a person sends.</summary>
    PersonRate,

    OverSoftLimit,
    OverHardLimit,
    OverDayLimit,

    /// <summary>Twice the hard limit or more, seen by this node itself.</summary>
    FarOverLimit,

    /// <summary>Many of the host's recipients do not exist.</summary>
    GuessingRecipients,
}

/// <summary>What is to become of an attempt.</summary>
/// <param name="Delay">With <see cref="VerdictAction.Slow"/>: the whole delay on top of the hold.</param>
/// <param name="RetryAfter">With <see cref="VerdictAction.Defer"/> and <see cref="VerdictAction.Refuse"/>: when it would pass, if the host were silent until then.</param>
internal readonly record struct Verdict(VerdictAction Action, VerdictReason Reason, TimeSpan Delay = default, TimeSpan RetryAfter = default);
