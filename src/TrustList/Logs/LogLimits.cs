namespace ThrottleNet.TrustList.Logs;

/// <summary>Limits of the logs that a node takes from peers, so that no author can fill the disks of other nodes.</summary>
public static class LogLimits
{
    /// <summary>Octets of a root's log: some two million statements.</summary>
    public const long RootLog = 1L << 30;

    /// <summary>Octets of a delegate's log: some hundred and fifty thousand statements.</summary>
    public const long DelegateLog = 64L << 20;

    /// <summary>The number of contradicting lines kept for one author, besides the one with the lowest seq (<see cref="ForkChoice"/>).</summary>
    public const int Forks = 1000;
}
