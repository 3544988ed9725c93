namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>Tests with nodes of one network, whose certificates and data go when the test is over.</summary>
public abstract class ExchangeTests : IDisposable
{
    private readonly TemporaryFolder _data = new();

    private protected TestPki Pki { get; } = new();

    public void Dispose()
    {
        Pki.Dispose();
        _data.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A node's data directory, or a file beside them.</summary>
    private protected string Data(string name) => _data.File(name);

    /// <summary>A node of an operator of its own.</summary>
    private protected Task<ExchangeNode> StartAsync(string name, params string[] peers) =>
        ExchangeNode.StartAsync(Pki, name, "operator-" + name, Data(name), peers);
}
