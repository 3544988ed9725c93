namespace ThrottleNet.Counting;

public enum VerdictAction
{
    /// <summary>Pass it on.</summary>
    Forward,

    /// <summary>Pass it on, after the delay.</summary>
    Slow,

    /// <summary>Answer 451: later.</summary>
    Defer,

    /// <summary>Answer 421 and close the connection. Further connections of the host are refused until its rate is under its limit.</summary>
    Refuse,
}
