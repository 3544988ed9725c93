using ThrottleNet.MxNode.Hosting;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>Tests with nodes of one network, whose certificates and data are deleted with the test.</summary>
[Trait("Category", "Slow")]
public abstract class ExchangeTests : IDisposable
{
    private protected NodeNetwork Network { get; } = new();

    private protected TestPki Pki => Network.Pki;

    public void Dispose()
    {
        Network.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="NodeNetwork.Data"/>
    private protected string Data(string name) => Network.Data(name);

    private protected Task<ExchangeNode> StartAsync(string name, params string[] peers) => Network.StartAsync(name, peers);

    private protected Task<ExchangeNode> StartAsync(
        string name, IEnumerable<string> peers, Func<NodeConfiguration, NodeConfiguration>? change, string? @operator = null, TimeProvider? time = null) =>
        Network.StartAsync(name, peers, change, @operator, time);
}
