using ThrottleNet.Cluster.Members;

namespace ThrottleNet.Cluster.Log;

/// <summary>What the gateways reported about their links with peers, in one generation.</summary>
internal sealed class GatewayTable
{
    private readonly Dictionary<string, (GatewayLinks Links, long Heard)> _gateways = new(StringComparer.Ordinal);

    /// <summary>False if its last report was the same.</summary>
    public bool Set(string name, GatewayLinks links, long now)
    {
        var same = _gateways.TryGetValue(name, out var known) && known.Links == links;
        _gateways[name] = (links, now);
        return !same;
    }

    public IReadOnlyList<GatewayState> Export() => [.. _gateways.Select(g => new GatewayState(g.Key, g.Value.Links, g.Value.Heard))];

    public void Restore(GatewayState state) => _gateways[state.Name] = (state.Links, state.Heard);

    /// <summary>
    /// Every live gateway reported that it is alone, so there is no peer to wait for. A gateway of the view that has not pushed counts as not
    /// alone, and so does one that the view declares dead while it pushes: a wrong guess then costs time, never an order.
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
            || (view.Find(g.Key) is { State: not MemberState.Live } && now - g.Value.Heard > ClusterLimits.GatewayMemory));
    }
}
