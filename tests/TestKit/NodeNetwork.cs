using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.TestKit;

/// <summary>The certificates and data directories of a network's nodes, which are deleted with the test. The test must stop the nodes itself.</summary>
internal sealed class NodeNetwork : IDisposable
{
    private readonly TemporaryFolder _data = new();

    public TestPki Pki { get; } = new();

    /// <summary>A node's data directory.</summary>
    public string Data(string name) => _data.File(name);

    /// <summary>Starts a node of its own operator, "operator-NAME".</summary>
    /// <param name="peers">The addresses of peers that it links to.</param>
    public Task<ExchangeNode> StartAsync(string name, params IEnumerable<string> peers) => StartAsync(name, peers, null);

    /// <inheritdoc cref="StartAsync(string, IEnumerable{string})"/>
    /// <param name="change">Changes the usual configuration.</param>
    /// <param name="operator">Another operator.</param>
    /// <param name="time">The node's clock, if not the system's.</param>
    public Task<ExchangeNode> StartAsync(
        string name, IEnumerable<string> peers, Func<NodeConfiguration, NodeConfiguration>? change, string? @operator = null, TimeProvider? time = null) =>
        ExchangeNode.StartAsync(Pki, name, @operator ?? "operator-" + name, Data(name), peers, change, time);

    public void Dispose()
    {
        Pki.Dispose();
        _data.Dispose();
    }
}
