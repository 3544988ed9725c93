using Microsoft.Extensions.Logging.Abstractions;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>The node's log, for a silo. Its host says nothing there: it takes a silo that ends early for an error, and the node starts another one.</summary>
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
