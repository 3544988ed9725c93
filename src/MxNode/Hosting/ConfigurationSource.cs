namespace ThrottleNet.MxNode.Hosting;

/// <summary>Where a node's configuration comes from.</summary>
/// <param name="Started">The configuration that the node was started with.</param>
/// <param name="Read">Reads it again: the same file, environment and <c>--set</c> options.</param>
internal sealed record ConfigurationSource(NodeConfiguration Started, Func<ConfigurationResult> Read);
