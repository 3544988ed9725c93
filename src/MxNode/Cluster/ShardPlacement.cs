using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Grains are placed by <see cref="ShardOwners"/>.</summary>
[Serializable]
internal sealed class ShardPlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class ShardPlacementAttribute() : PlacementAttribute(new ShardPlacement());

internal sealed class ShardPlacementDirector(ShardOwners owners) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        return Task.FromResult(
            IPlacementDirector.GetPlacementHint(target.RequestContextData, silos)
            ?? owners.Owner(target.GrainIdentity, silos)
            ?? throw new SiloUnavailableException($"no silo can host {target.GrainIdentity}"));
    }
}
