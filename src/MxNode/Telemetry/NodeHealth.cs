using System.Collections.Concurrent;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>The health of the node's parts that mail does not depend on; <c>status</c> shows their faults. Thread-safe.</summary>
internal sealed class NodeHealth(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ComponentHealth> _components = new();

    /// <summary>The components that fail now, in order of name.</summary>
    public IReadOnlyList<ComponentFault> Faults =>
        [.. _components.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value.Fault).OfType<ComponentFault>()];

    /// <summary>The health of a component; made at its first use.</summary>
    /// <inheritdoc cref="ComponentHealth"/>
    public ComponentHealth Of(string component, TimeSpan firstPause, TimeSpan longestPause) =>
        _components.GetOrAdd(component, name => new ComponentHealth(name, firstPause, longestPause, time));
}
