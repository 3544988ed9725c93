using System.Collections.Concurrent;

namespace ThrottleNet.MxNode.Telemetry;

/// <summary>The health of the node's parts that mail does not depend on; <c>status</c> shows them and their failures. Thread-safe.</summary>
internal sealed class NodeHealth(TimeProvider time, ILogger<NodeHealth> logger)
{
    private readonly ConcurrentDictionary<string, ComponentHealth> _components = new();

    /// <summary>The node's clock.</summary>
    public TimeProvider Time => time;

    /// <summary>The components that fail now, in order of name.</summary>
    public IReadOnlyList<ComponentFault> Faults => [.. InOrder.Select(component => component.Fault).OfType<ComponentFault>()];

    /// <summary>All components, in order of name.</summary>
    public IReadOnlyList<ComponentState> Components => [.. InOrder.Select(component => component.State)];

    private IEnumerable<ComponentHealth> InOrder => _components.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value);

    /// <summary>The health of a component; made at its first use.</summary>
    /// <inheritdoc cref="ComponentHealth"/>
    public ComponentHealth Of(string component, TimeSpan firstPause, TimeSpan longestPause) =>
        _components.GetOrAdd(component, name => new ComponentHealth(name, firstPause, longestPause, time));

    /// <summary>Makes an attempt of a background service. Its failure is logged unless the last attempt failed alike; it is never thrown.</summary>
    /// <param name="component">The service's health.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="stopping">The node stops: the attempt may end by this token, which is no failure.</param>
    /// <exception cref="OperationCanceledException">The node stops.</exception>
    public async Task AttemptAsync(ComponentHealth component, Func<CancellationToken, Task> attempt, CancellationToken stopping)
    {
        try
        {
            await attempt(stopping);
            if (component.Worked())
            {
                logger.ServiceWorks(component.State.Component);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException && !stopping.IsCancellationRequested)
        {
            if (component.Failed(e.Message))
            {
                logger.ServiceFailed(component.State.Component, OrdinaryFault.ReasonOf(e), component.Pause, OrdinaryFault.TraceOf(e));
            }
        }
    }
}
