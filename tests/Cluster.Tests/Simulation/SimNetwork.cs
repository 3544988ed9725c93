using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>Calls between nodes and shards, and how the membership spreads.</summary>
internal sealed partial class Sim
{
    private readonly Dictionary<(SimClusterNode, int), SimShard> _routes = [];
    private readonly HashSet<(SimClusterNode, SimClusterNode)> _cut = [];
    private double _loss;

    public bool IsCut(SimClusterNode a, SimClusterNode b) => a != b && (_cut.Contains((a, b)) || _cut.Contains((b, a)));

    /// <summary>Calls a shard as the node's silo routes it. The call or the reply may be lost, late, or go to a duplicate.</summary>
    public void Call(SimClusterNode node, int index, Push push)
    {
        var answered = false;
        At(Now + 2000_000, () => Answer(null));
        if (Route(node, index) is not { } shard)
        {
            At(Now + Between(20, 200), () => Answer(null));
            return;
        }

        if (IsLost())
            return;
        var late = Settings.Disturbances.Count > 0 && Random.NextDouble() < 0.003 ? Between(500, 5000) : 0;
        At(Now + Delay(node, shard.Host) + late, Arrive);

        void Arrive()
        {
            if (!shard.IsActive || IsCut(node, shard.Host))
            {
                At(Now + Between(1, 1500), () => Answer(null));
                return;
            }

            if (shard.Host.IsFrozen)
            {
                At(shard.Host.FrozenUntil + 1, Arrive);
                return;
            }

            var reply = shard.Push(Milliseconds, push);
            CheckTrim(shard);
            if (!IsLost())
                At(Now + Delay(node, shard.Host), () => Answer(IsCut(node, shard.Host) ? null : reply));
        }

        void Answer(PushReply? reply)
        {
            if (answered)
                return;
            answered = true;
            node.Answer(index, push.Number, reply);
        }
    }

    private bool IsLost() => Random.NextDouble() < _loss + Settings.Loss;

    private long Delay(SimClusterNode a, SimClusterNode b) =>
        a == b ? 50 : Random.NextDouble() < 0.02 ? Between(2, 400) : Between(0.2, 1.5);

    // Each silo caches where a grain is; with duplicates, caches differ.
    private SimShard? Route(SimClusterNode node, int index)
    {
        var active = ActiveShards.Where(s => s.Index == index).ToList();
        if (active.Count == 0)
            return null;
        if (_routes.TryGetValue((node, index), out var cached) && active.Contains(cached))
            return Random.NextDouble() < 0.9 ? cached : Pick(active);
        var reached = active.Where(s => !IsCut(node, s.Host)).ToList();
        return reached.Count > 0 && Random.Next(2) == 0 ? Pick(reached) : active[0];
    }

    private ClusterView FirstView(string self)
    {
        var view = ClusterView.Empty;
        foreach (var member in Truth.Values)
        {
            if (member.Node.Name == self || !Settings.StaleViews || Random.Next(3) > 0)
                view = view.With(member);
        }

        return view;
    }

    /// <summary>The membership changed. Each node learns of the change at a different time, perhaps not before the end.</summary>
    private void Announce(ClusterMember member)
    {
        Truth[member.Node.Name] = member;
        foreach (var node in Nodes)
        {
            var stale = Settings.StaleViews ? Random.Next(10) : 9;
            if (stale > 0 || node.Id.Name == member.Node.Name)
                At(Now + (stale < 4 ? Between(1000, 6000) : Between(5, 300)), () => node.Learn(member));
        }
    }

    private void Announce(string name, MemberState state)
    {
        var row = Truth[name];
        Announce(row with { Version = row.Version + 1, State = state });
    }

    private void RefreshSomeViews()
    {
        foreach (var node in Nodes.Where(n => n.IsAlive && Random.Next(8) == 0))
            node.Learn(Pick(Truth.Values.ToList()));
    }
}
