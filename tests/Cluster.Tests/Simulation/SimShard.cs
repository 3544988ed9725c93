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

    /// <summary>Nodes for which the log keeps what they have not read. A node that copied from the reader of another activation is none before its first push here.</summary>
    public HashSet<NodeId> Readers { get; } = [];

    public void Migrate(SimClusterNode to, long milliseconds) => (Host, Log) = (to, ShardLog.Migrated(Log.Seal(), milliseconds));

    public PushReply Push(long milliseconds, Push push)
    {
        var reply = PushWire.DecodeReply(PushWire.Encode(Log.Push(milliseconds, PushWire.DecodePush(PushWire.Encode(push)))));
        if (push.Generation is null)
            Readers.Add(push.Node);
        if (reply is PushTrimmed)
            Readers.Remove(push.Node);
        if (reply is PushTaken taken)
        {
            Readers.Add(push.Node);
            for (var i = 0; i < taken.News.Length; i++)
                History[taken.From + i] = taken.News[i];
        }

        return reply;
    }
}
