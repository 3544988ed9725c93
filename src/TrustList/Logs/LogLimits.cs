namespace ThrottleNet.TrustList.Logs;

/// <summary>How much of others' logs a node takes: whoever may write one must not fill disks with it.</summary>
public static class LogLimits
{
    /// <summary>Octets of a root's log: some two million statements.</summary>
    public const long RootLog = 1L << 30;

    /// <summary>Octets of a delegate's log: some hundred and fifty thousand statements.</summary>
    public const long DelegateLog = 64L << 20;

    /// <summary>
    /// Contradicting lines kept for one author. The first proves the fork; the rest matter for their denials. Beyond it only a
    /// line that moves the fork's place forward is taken, so that all nodes come to freeze the author at one place.
    /// </summary>
    public const int Forks = 1000;
}
