using ThrottleNet.Cluster.Log;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>One activation of a shard, on a node. Duplicates of it may live elsewhere.</summary>
internal sealed class SimShard(int index, SimClusterNode host, ShardLog log)
{
    public int Index { get; } = index;

    public SimClusterNode Host { get; set; } = host;

    public ShardLog Log { get; } = log;

    public bool Dropped { get; set; }

    public bool IsActive => !Dropped && Host.IsAlive;

    /// <summary>Everything that the log ever had, by position.</summary>
    public Dictionary<long, LogEntry> History { get; } = [];

    public PushReply Push(long milliseconds, Push push)
    {
        var reply = Log.Push(milliseconds, push);
        if (reply is PushTaken taken)
        {
            for (var i = 0; i < taken.News.Length; i++)
                History[taken.From + i] = taken.News[i];
        }

        return reply;
    }
}
