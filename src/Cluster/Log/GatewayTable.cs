using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Log;

/// <summary>What the gateways reported about their links with peers, in one generation.</summary>
internal sealed class GatewayTable
{
    private readonly Dictionary<string, (GatewayLinks Links, long Heard)> _gateways = new(StringComparer.Ordinal);

    /// <summary>A full table forgets the gateway that was silent longest.</summary>
    /// <returns>False if its last report was the same.</returns>
    public bool Set(string name, GatewayLinks links, long now)
    {
        var isKnown = _gateways.TryGetValue(name, out var known);
        if (!isKnown && _gateways.Count >= ClusterLimits.MaxMembers)
            _gateways.Remove(_gateways.MinBy(g => g.Value.Heard).Key);
        _gateways[name] = (links, now);
        return !isKnown || known.Links != links;
    }

    public IReadOnlyList<GatewayState> Export() => [.. _gateways.Select(g => new GatewayState(g.Key, g.Value.Links, g.Value.Heard))];

    public void Restore(GatewayState state) => _gateways[state.Name] = (state.Links, state.Heard);

    /// <summary>
    /// Every live gateway reported that it is alone, so there is no peer to wait for. A gateway of the view that has not pushed counts as not
    /// alone, and so does one that pushes while the view declares it dead or has forgotten it: a wrong guess then costs time, never an order.
    /// </summary>
    public bool Alone(ClusterView view, long now)
    {
        foreach (var member in view.Members)
        {
            if (member is { Gateway: true, State: MemberState.Live } && !_gateways.ContainsKey(member.Node.Name))
                return false;
        }

        return _gateways.All(g =>
            g.Value.Links.Alone
            || (view.Find(g.Key) is not { State: MemberState.Live } && now - g.Value.Heard > ClusterLimits.GatewayMemory));
    }
}
