using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Trust.Feed;

namespace ThrottleNet.MxNode.Cluster.Feed;

/// <summary>
/// Keeps a trust feed open with the oldest gateway of the cluster, so that a node without links to other operators has the trusted list too. In a cluster without
/// a gateway it is the oldest node. The feed goes both ways, so what one node of the cluster signs reaches all.
/// </summary>
internal sealed class FeedService(FeedHub hub, ShardCalls calls, NodeView view, NodeStart start, ClusterLog log, NodeHealth health)
    : PeriodicService("trust feed of the cluster", Interval, health)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override bool TicksAtStart => true;

    protected override async Task TickAsync(CancellationToken stopping)
    {
        if (calls.Silo is { } silo && Centre(silo) is { } centre && centre.Name != start.Name)
        {
            await CarryAsync(silo, centre, stopping);
        }
    }

    // Until the node ends, a call fails, or another node is the oldest gateway.
    private async Task CarryAsync(SiloLink silo, NodeId centre, CancellationToken stopping)
    {
        var (feed, pipe) = (Guid.NewGuid(), new FeedPipe(hub, centre.Name, Time));
        var running = pipe.RunAsync();
        try
        {
            var node = silo.NodeAt(silo.AddressOf(centre)!);
            var (opens, waits) = (true, false);
            while (!stopping.IsCancellationRequested && !pipe.IsOver && Centre(silo) == centre && ReferenceEquals(calls.Silo, silo))
            {
                if (await node.FeedAsync(start.Name, feed, opens, await pipe.NextAsync(waits)) is not { } answer)
                {
                    break;
                }

                (opens, waits) = (false, answer.Length == 0);
                await pipe.TakeAsync(answer);
            }
        }
        catch (Exception e)
        {
            log.CallFailed(e, $"the trust feed with {centre}");
        }

        pipe.Dispose();
        await running;
    }

    private NodeId? Centre(SiloLink silo) => view.View.Members
        .Where(m => m.State == MemberState.Live && silo.Nodes.ContainsKey(m.Node))
        .MinBy(m => (!m.Gateway, m.Started, m.Node.Name))?.Node;
}
