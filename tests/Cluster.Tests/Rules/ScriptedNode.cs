using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Tests.Rules;

/// <summary>A node with one shard or more, whose pushes go to logs of this process. The script decides which generation gets each.</summary>
internal sealed class ScriptedNode : ScriptedMachine
{
    private readonly Script _script;

    public ScriptedNode(Script script, string name, ClusterView view, GatewayLinks? links, bool joining, int shards)
        : base(name, view, links, joining, shards, () => script.Now) => _script = script;

    /// <summary>Pushes to a generation until the node has nothing more to push or to read; at least once.</summary>
    public void PushTo(ShardLog log, int shard = 0)
    {
        if (!Pushes.Exists(p => p.Shard == shard))
            _script.Wait(ClusterLimits.PollInterval);
        for (var i = 0; i < 100 && Pushes.Exists(p => p.Shard == shard); i++)
            PushOnce(log, shard);
    }

    public void PushOnce(ShardLog log, int shard = 0)
    {
        var push = TakePush(shard);
        Reply(shard, push.Number, log.Push(_script.Now, push));
    }

    /// <summary>The push reaches a generation, but the answer is lost.</summary>
    public void LoseReply(ShardLog log, int shard = 0)
    {
        var push = TakePush(shard);
        log.Push(_script.Now, push);
        Fail(push, shard);
    }
}
