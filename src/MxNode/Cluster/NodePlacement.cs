using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>A grain lives at the silo whose address is its key.</summary>
[Serializable]
internal sealed class NodePlacement : PlacementStrategy;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class NodePlacementAttribute() : PlacementAttribute(new NodePlacement());

internal sealed class NodePlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var address = target.GrainIdentity.Key.ToString();
        return Task.FromResult(
            context.GetCompatibleSilos(target).FirstOrDefault(s => s.ToParsableString() == address)
            ?? throw new SiloUnavailableException($"{address} is no live silo"));
    }
}
