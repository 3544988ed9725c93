using ThrottleNet.Cluster;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Tests.Rules;

namespace ThrottleNet.MxNode.Tests.Cluster.Rules;

/// <summary>A node of <see cref="RuleCluster"/>: its machine's pushes are calls of grains.</summary>
internal sealed class RuleNode : ScriptedMachine
{
    private readonly RuleCluster _cluster;

    public RuleNode(RuleCluster cluster, string name, ClusterView view, GatewayLinks? links, bool joining, int shards)
        : base(name, view, links, joining, shards, () => cluster.Now) => _cluster = cluster;

    /// <summary>Pushes to an activation until the node has nothing more to push or to read; at least once.</summary>
    public async Task PushAsync(long grain = RuleCluster.First, int shard = 0)
    {
        WaitForPush(shard);
        for (var i = 0; i < 100 && Pushes.Exists(p => p.Shard == shard); i++)
        {
            await PushOnceAsync(grain, shard);
        }
    }

    public async Task PushOnceAsync(long grain = RuleCluster.First, int shard = 0)
    {
        WaitForPush(shard);
        var push = TakePush(shard);
        if (await _cluster.PushAsync(Name, grain, push) is { } reply)
        {
            Reply(shard, push.Number, reply);
        }
        else
        {
            Fail(push, shard);
        }
    }

    /// <summary>The push arrives, and its answer is lost.</summary>
    public async Task LoseReplyAsync(long grain = RuleCluster.First, int shard = 0)
    {
        WaitForPush(shard);
        var push = TakePush(shard);
        Assert.NotNull(await _cluster.PushAsync(Name, grain, push));
        Fail(push, shard);
    }

    private void WaitForPush(int shard)
    {
        if (!Pushes.Exists(p => p.Shard == shard))
        {
            _cluster.Wait(ClusterLimits.PollInterval);
        }
    }
}
