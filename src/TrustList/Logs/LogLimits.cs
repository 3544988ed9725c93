namespace ThrottleNet.TrustList.Logs;

/// <summary>How much of others' logs a node takes: whoever may write one must not fill disks with it.</summary>
public static class LogLimits
{
    /// <summary>Octets of a root's log: some two million statements.</summary>
    public const long RootLog = 1L << 30;

    /// <summary>Octets of a delegate's log: some hundred and fifty thousand statements.</summary>
    public const long DelegateLog = 64L << 20;

    /// <summary>Contradicting lines kept for one author, and one more: <see cref="ForkChoice"/> says which.</summary>
    public const int Forks = 1000;
}
