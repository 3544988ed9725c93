namespace ThrottleNet.Cluster;

/// <summary>The bounds of the cluster's protocol. Times are in milliseconds.</summary>
public static class ClusterLimits
{
    /// <summary>A new generation is settled after this time, even if a live node has not pushed to it.</summary>
    public const int SettleAfter = 1000;

    /// <summary>A new generation is settled no sooner: a live node that the roster lacks polls twice in this time.</summary>
    public const int SettleNoSooner = 250;

    /// <summary>A gateway that pushed this recently counts as live, even if the view declares it dead.</summary>
    public const int GatewayMemory = 3000;

    /// <summary>A shard keeps the log for a silent reader this long. A reader that returns later copies the shard from another node.</summary>
    public const int ReaderMemory = 120_000;

    /// <summary>A poll of a shard by a node that has nothing to push.</summary>
    public const int PollInterval = 100;

    /// <summary>The pause before an unanswered push is repeated.</summary>
    public const int RetryInterval = 25;

    /// <summary>The longest interval between two reports of a speaking gateway.</summary>
    public const int ReportInterval = 1000;

    /// <summary>
    /// A gateway promises counts that another gateway has left unreported for this time. It is shorter than <see cref="Overdue"/>, so
    /// the promise precedes the report.
    /// </summary>
    public const int LateReport = 1500;

    /// <summary>
    /// A gateway reports counts that the log holds unreported for this time, whatever its view of the membership says. Together with a
    /// report's round trip it stays below the 3 s for which peers wait for a gateway that died.
    /// </summary>
    public const int Overdue = 2000;

    /// <summary>A gateway publishes without the shards that have not confirmed its report mark for this time.</summary>
    public const int ReportPatience = 10_000;

    /// <summary>
    /// A gateway gives another operator's node no snapshot before so long after it took over counts of other gateways: their batches, and those
    /// that it has missed, arrive meanwhile.
    /// </summary>
    public const int SnapshotCalm = 5000;

    /// <summary>A gateway ticks at least every 125 ms. If it was not called for longer than this, it stood still.</summary>
    public const int Standstill = 1000;

    /// <summary>Nodes of the exchange keep batches this long. What has not come by then is not waited for.</summary>
    public const int BatchMemory = 120_000;

    /// <summary>A gateway drops a peer's snapshot if it cannot read all logs to their ends within this time.</summary>
    public const int SnapshotPatience = 10_000;

    /// <summary>Entries of one push.</summary>
    public const int MaxPushEntries = 256;

    /// <summary>Entries of one reply.</summary>
    public const int MaxNews = 1024;

    /// <summary>Entries of one shard's log. Beyond this the log is trimmed at the cost of the slowest readers, who copy.</summary>
    public const int MaxLog = 1 << 18;

    /// <summary>Members of a view; sources that one shard tells apart.</summary>
    public const int MaxMembers = 1024;

    /// <summary>Origins and epochs of peers' batches that one shard tells apart.</summary>
    public const int MaxEpochs = 1 << 14;

    /// <summary>Generations of one shard that a node remembers.</summary>
    public const int MaxGenerations = 16;

    /// <summary>Host blocks of one shard that wait for an entry, or for the next report.</summary>
    public const int MaxUnreported = 1 << 20;

    /// <summary>Peers' batches of one gateway that are not in every shard's log yet.</summary>
    public const int MaxWaitingBatches = 1 << 12;
}
