using System.Collections.Immutable;
using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.Cluster.Wire;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Throttle;
using ClusterMember = ThrottleNet.Cluster.Members.ClusterMember;

namespace ThrottleNet.MxNode.Tests.Cluster;

/// <summary>One call with the pushes to several shards of a silo.</summary>
public sealed class ShardHostGrainTests
{
    private static readonly NodeId Node = new("a", 1);

    [Fact]
    public async Task A_push_that_cannot_be_read_and_one_for_another_silo_leave_the_others_their_replies()
    {
        var view = new NodeView(new CountingClock(new FakeTimeProvider()));
        view.Set(ClusterView.Empty.With(new ClusterMember(Node, 1, MemberState.Live, false, 0)));
        var hosted = new HostedShards();
        foreach (var shard in new[] { 0, 1, 2 })
        {
            hosted.Add(shard, new HostedShard(new ShardLog(new Generation((ulong)shard + 10), view.View, view.Now), view));
        }

        var push = PushWire.Encode(new Push(Node, 1, null, 0, [], Resent: true, Links: null, view.View, ImmutableArray<ForgottenMark>.Empty));
        byte[] otherVersion = [.. push];
        otherVersion[0]++;
        var replies = await new ShardHostGrain(hosted).PushAsync([0, 1, 2, 3, 2], [push, otherVersion, push, push, push[..^1]]);

        Assert.Equal([10ul, null, 12ul, null, null], replies.Select(reply => reply is null ? (ulong?)null : PushWire.DecodeReply(reply).Generation.Value));
    }
}
