using Microsoft.Extensions.Logging.Abstractions;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>
/// The node's log, for a silo. It drops the messages of the silo's host: the host logs the early end of a silo as an error, but the node just starts another silo.
/// </summary>
internal sealed class SiloLogging(ILoggerFactory node) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal) ? NullLogger.Instance : node.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => node.AddProvider(provider);

    /// <summary>The node's log outlives its silos.</summary>
    public void Dispose()
    {
    }
}
