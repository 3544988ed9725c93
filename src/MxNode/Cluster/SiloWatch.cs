using ThrottleNet.Cluster.Members;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Passes a silo's view of the membership on to the loop, to the placement and to the calls.</summary>
internal sealed class SiloWatch(ClusterOptions options, ClusterInputs inputs, ShardCalls calls, ShardOwners owners, NodeView node, ClusterLog log)
{
    public ClusterLog Log => log;

    /// <summary>Follows the membership of a silo that runs, until it is cancelled.</summary>
    public async Task FollowAsync(IServiceProvider silo, CancellationToken cancel)
    {
        var membership = silo.GetRequiredService<IClusterMembershipService>();
        var link = new SiloLink(
            silo.GetRequiredService<IGrainFactory>(),
            silo.GetRequiredService<ILocalSiloDetails>().SiloAddress,
            silo.GetRequiredService<HostedShards>(),
            silo.GetRequiredService<IFatalErrorHandler>());
        Take(link, membership.CurrentSnapshot);
        calls.Silo = link;
        log.Joined(options.Name!, options.Advertised.ToString(), link.Nodes.Count);
        try
        {
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(cancel))
            {
                Take(link, snapshot);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo ends.
        }
    }

    private void Take(SiloLink link, ClusterMembershipSnapshot snapshot)
    {
        var view = ClusterView.Empty;
        var nodes = link.Nodes.Clear();
        var live = new List<SiloAddress>();
        foreach (var (address, silo) in snapshot.Members)
        {
            // A silo that is joining calls no shard. One that ended meanwhile stays in the list as joining, and nobody finds out that it is dead.
            if (silo.Status is SiloStatus.None or SiloStatus.Created or SiloStatus.Joining || SiloName.Read(silo.Name, address, silo.Status) is not { } member)
            {
                continue;
            }

            view = view.With(member);
            if (silo.Status == SiloStatus.Active)
            {
                live.Add(address);
                nodes = nodes.SetItem(member.Node, address);
            }
        }

        if (!nodes.Keys.ToHashSet().SetEquals(link.Nodes.Keys))
        {
            log.Members(nodes.Keys.Select(n => n.Name).Order(StringComparer.Ordinal));
        }

        node.Gateways = [.. snapshot.Members.Values.Select(m => SiloName.GatewayOf(m.Name)).OfType<string>()];
        link.Nodes = nodes;
        owners.SetLive(live);
        inputs.Post(loop => loop.SetView(view));
    }
}
