using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Wire;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>One activation of a shard, on a node. Duplicates of it may live elsewhere.</summary>
internal sealed class SimShard(int index, SimClusterNode host, ShardLog log)
{
    public int Index { get; } = index;

    public SimClusterNode Host { get; private set; } = host;

    public ShardLog Log { get; private set; } = log;

    public bool Dropped { get; set; }

    public bool IsActive => !Dropped && Host.IsAlive;

    /// <summary>Everything that the log ever had, by position.</summary>
    public Dictionary<long, LogEntry> History { get; } = [];

    public void Migrate(SimClusterNode to, long milliseconds) => (Host, Log) = (to, ShardLog.Migrated(Log.Seal(), milliseconds));

    public PushReply Push(long milliseconds, Push push)
    {
        var reply = PushWire.DecodeReply(PushWire.Encode(Log.Push(milliseconds, PushWire.DecodePush(PushWire.Encode(push)))));
        if (reply is PushTaken taken)
        {
            for (var i = 0; i < taken.News.Length; i++)
                History[taken.From + i] = taken.News[i];
        }

        return reply;
    }
}
