using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>Cuts between nodes and between gateways and peers, and processes that stand still.</summary>
internal sealed partial class Sim
{
    private void Cut()
    {
        var left = Alive.Where(_ => Random.Next(2) == 0).ToList();
        var right = Alive.Except(left).ToList();
        if (left.Count == 0 || right.Count == 0)
            return;
        foreach (var a in left)
            right.ForEach(b => _cut.Add((a, b)));
        var until = Now + (Settings.CutFor > 0 ? Settings.CutFor * 1000L : Between(500, 8000));
        At(Now + Between(1200, 2000), () =>
        {
            if (Now >= until)
                return;
            Split(left, right);
            Split(right, left);
        });
        At(until, () =>
        {
            _cut.Clear();
            At(Now + Between(50, 1000), () => Reunite(left.Concat(right)));
        });
    }

    // One side declares the other dead, and activates the shards that it lost.
    private void Split(List<SimClusterNode> side, List<SimClusterNode> other)
    {
        side = [.. side.Where(n => n.IsAlive)];
        if (side.Count == 0)
            return;
        foreach (var node in side)
            other.ForEach(o => node.Learn(Truth[o.Id.Name] with { State = MemberState.Dead }));
        for (var k = 0; k < Settings.Shards; k++)
        {
            var shard = ActiveShards.FirstOrDefault(s => s.Index == k && side.Contains(s.Host)) ?? Activate(k, Pick(side));
            side.ForEach(n => _routes[(n, k)] = shard);
        }
    }

    private void Reunite(IEnumerable<SimClusterNode> nodes)
    {
        foreach (var node in nodes.Where(n => n.IsAlive).ToList())
            Announce(node.Id.Name, MemberState.Live);
        DropDuplicates();
    }

    private void DropDuplicates()
    {
        foreach (var group in ActiveShards.GroupBy(s => s.Index).ToList())
        {
            var stays = Pick(group.ToList());
            foreach (var shard in group.Where(s => s != stays))
                Drop(shard);
        }
    }

    private void Freeze()
    {
        var node = Pick(Alive);
        var duration = Between(300, 12_000);
        node.FrozenUntil = Now + duration;
        if (duration < 1500_000)
            return;
        var lost = ActiveShards.Where(s => s.Host == node).ToList();
        At(Now + 1500_000, () =>
        {
            Announce(node.Id.Name, MemberState.Dead);
            foreach (var shard in lost.Where(s => s.IsActive))
            {
                var others = Alive.Where(n => n != node).ToList();
                if (others.Count == 0)
                    continue;
                var second = Activate(shard.Index, Pick(others));
                Alive.ForEach(n => _routes[(n, shard.Index)] = n == node ? shard : second);
                At(Now + duration - 1500_000 + Between(100, 1500), () => Drop(shard));
            }
        });
        At(Now + duration + Between(50, 1000), () => Reunite([node]));
    }

    private void CutPeer()
    {
        if (ExchangeLinks.Count == 0)
            return;
        var link = Pick(ExchangeLinks);
        if (Random.Next(2) == 0)
        {
            link.Down();
            At(Now + Between(200, 8000), link.Restore);
        }
        else
        {
            link.StalledUntil = Now + Between(200, 4000);
        }
    }

    // A gateway loses all its peers, and nothing else.
    private void CutGateway()
    {
        if (Alive.Where(n => n.Core is not null).ToList() is not { Count: > 0 } gateways)
            return;
        var core = Pick(gateways).Core!;
        var links = core.Links.Values.Where(l => l.Other(core).Operator != core.Operator).ToList();
        links.ForEach(l => l.Down());
        At(Now + Between(500, 8000), () => links.ForEach(l => l.Restore()));
    }
}
