using ThrottleNet.Cluster.Log;
using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>Disturbances of the world.</summary>
internal sealed partial class Sim
{
    /// <summary>Nodes that had to join again, because no node had the entries they lacked.</summary>
    public int Restarts { get; private set; }

    public List<SimClusterNode> Alive => [.. Nodes.Where(n => n.IsAlive)];

    private void Disturb(DisturbanceKind kind)
    {
        switch (kind)
        {
            case DisturbanceKind.Crash: Crash(Alive); break;
            case DisturbanceKind.GatewayCrash: Crash([.. Alive.Where(n => n.Core is not null)]); break;
            case DisturbanceKind.ShardCrash: CrashShard(); break;
            case DisturbanceKind.Duplicate: Duplicate(); break;
            case DisturbanceKind.Migrate: Migrate(); break;
            case DisturbanceKind.Cut: Cut(); break;
            case DisturbanceKind.Freeze: Freeze(); break;
            case DisturbanceKind.PeerCut: CutPeer(); break;
            case DisturbanceKind.GatewayCut: CutGateway(); break;
            case DisturbanceKind.Join: Join(gateway: false); break;
            case DisturbanceKind.GatewayJoin: Join(gateway: true); break;
            case DisturbanceKind.FalseDeath: DeclareDead(); break;
            case DisturbanceKind.ViewLoss: Pick(Alive).BlindUntil = Now + Between(500, 8000); break;
            case DisturbanceKind.Loss:
                _loss = 0.15;
                At(Now + Between(500, 3000), () => _loss = 0);
                break;
        }
    }

    private void Crash(List<SimClusterNode> candidates)
    {
        candidates = [.. candidates.Where(n => n.Core is null || Alive.Count(o => o.Core is not null) > 1)];
        if (candidates.Count == 0 || Alive.Count <= 2)
            return;
        var node = Pick(candidates);
        node.Crash();
        foreach (var link in node.Core?.Links.Values.ToList() ?? [])
            At(Now + Between(1, 30), link.Down);
        At(Now + Between(1200, 1600), () =>
        {
            Announce(node.Id.Name, MemberState.Dead);
            FailOver();
        });
    }

    private void FailOver()
    {
        for (var k = 0; k < Settings.Shards; k++)
        {
            if (!ActiveShards.Any(s => s.Index == k))
                Activate(k, Pick(Alive));
        }
    }

    private void CrashShard()
    {
        var index = Random.Next(Settings.Shards);
        foreach (var shard in ActiveShards.Where(s => s.Index == index))
            shard.Dropped = true;
        At(Now + Between(1200, 2000), FailOver);
    }

    private void Duplicate()
    {
        var index = Random.Next(Settings.Shards);
        if (ActiveShards.FirstOrDefault(s => s.Index == index) is not { } first)
            return;
        var second = Activate(index, Pick(Alive));
        foreach (var node in Alive.Where(_ => Random.Next(5) > 0))
            _routes[(node, index)] = Random.Next(2) == 0 ? first : second;
        At(Now + Between(300, 6000), () => Drop(Random.Next(2) == 0 ? first : second));
    }

    private void Drop(SimShard shard)
    {
        if (shard.IsActive && ActiveShards.Any(s => s.Index == shard.Index && s != shard))
            shard.Dropped = true;
    }

    private void Migrate()
    {
        if (ActiveShards.ToList() is { Count: > 0 } active)
            Pick(active).Migrate(Pick(Alive), Milliseconds);
    }

    private void Join(bool gateway)
    {
        // A restart takes the name of a dead node; any other joins under a new one.
        var dead = Nodes.FindLast(n => !n.IsAlive && Nodes.TrueForAll(o => o == n || o.Id.Name != n.Id.Name || o.Id.Incarnation < n.Id.Incarnation));
        Join(dead is not null && Random.Next(2) == 0 ? dead.Id with { Incarnation = dead.Id.Incarnation + 1 } : new NodeId($"n{Nodes.Count}", 1), gateway);
    }

    /// <summary>A node ends, and joins at once.</summary>
    public void Restart(SimClusterNode node)
    {
        Restarts++;
        node.Crash();
        foreach (var link in node.Core?.Links.Values.ToList() ?? [])
            link.Down();
        FailOver();
        Join(node.Id with { Incarnation = node.Id.Incarnation + 1 }, node.Core is not null);
    }

    private void Join(NodeId id, bool gateway)
    {
        var member = new ClusterMember(id, 1, MemberState.Live, gateway, 100 + Nodes.Count);
        Truth[id.Name] = member;
        var node = new SimClusterNode(this, id, FirstView(id.Name), gateway, joining: true);
        Nodes.Add(node);
        Announce(member);
        if (node.Core is not { } core)
            return;
        foreach (var other in Alive.Where(n => n != node).Select(n => n.Core).OfType<SimCore>().Concat(Peers.Select(p => p.Core)).ToList())
        {
            var link = new SimClusterLink(this, other, core);
            ExchangeLinks.Add(link);
            link.Synchronize();
        }
    }

    // A peer starts without counts, or has lost some, and takes a gateway's.
    private void AskSnapshot()
    {
        if (Settings.Gateways == 0)
            return;
        if (Random.Next(2) == 0)
        {
            var peer = new SimPeer(this, Peers.Count);
            Peers.Add(peer);
            foreach (var other in Alive.Select(n => n.Core).OfType<SimCore>().Concat(Peers.SkipLast(1).Select(p => p.Core)).ToList())
            {
                var link = new SimClusterLink(this, other, peer.Core);
                ExchangeLinks.Add(link);
                link.Synchronize();
            }
        }

        if (Peers.Count == 0)
            return;
        var asker = Pick(Peers).Core;
        if (asker.Links.Values.Where(l => l.Up && l.Other(asker).Operator == "cluster").ToList() is { Count: > 0 } links)
            asker.AskSnapshot(Pick(links));
    }

    // A gateway was away for longer than peers keep batches, or it lost its counts, and takes a peer's.
    private void TakeSnapshot()
    {
        if (Alive.Where(n => n is { Core: not null, IsFrozen: false }).ToList() is not { Count: > 0 } gateways)
            return;
        var asker = Pick(gateways).Core!;
        if (asker.Links.Values.Where(l => l.Up && l.Other(asker).Operator != asker.Operator).ToList() is { Count: > 0 } links)
            asker.AskSnapshot(Pick(links));
    }

    // Some nodes, or the whole table, declare a live node dead. It returns with all its counts.
    private void DeclareDead()
    {
        var name = Pick(Alive).Id.Name;
        if (Random.Next(2) == 0)
        {
            Announce(name, MemberState.Dead);
        }
        else
        {
            foreach (var node in Alive.Where(n => n.Id.Name != name && Random.Next(2) == 0))
                node.Learn(Truth[name] with { State = MemberState.Dead });
        }

        At(Now + Between(500, 6000), () => Reunite(Nodes.Where(n => n.Id.Name == name)));
    }

    private void Heal()
    {
        _cut.Clear();
        _loss = 0;
        ExchangeLinks.ForEach(l => l.Restore());
        DropDuplicates();
        FailOver();
        foreach (var node in Alive)
        {
            (node.BlindUntil, node.FrozenUntil) = (0, Math.Min(node.FrozenUntil, Now));
            var row = Truth[node.Id.Name];
            Truth[node.Id.Name] = row with { Version = row.Version + 1, State = MemberState.Live };
        }

        foreach (var node in Alive)
            Truth.Values.ToList().ForEach(node.Learn);
    }
}
