namespace ThrottleNet.TrustList.Logs;

/// <summary>The limits for logs of other authors, so that an author cannot fill the disk.</summary>
public static class LogLimits
{
    /// <summary>Octets of a root's log: some two million statements.</summary>
    public const long RootLog = 1L << 30;

    /// <summary>Octets of a delegate's log: some hundred and fifty thousand statements.</summary>
    public const long DelegateLog = 64L << 20;

    /// <summary>The most contradicting lines kept for one author, and one more; <see cref="ForkChoice"/> chooses them.</summary>
    public const int Forks = 1000;
}
