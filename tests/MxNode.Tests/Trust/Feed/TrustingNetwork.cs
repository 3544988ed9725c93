using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Logs;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Tests.Trust.Feed;

/// <summary>Whole nodes with one root key. Statements are signed at any of them.</summary>
internal sealed class TrustingNetwork : IDisposable
{
    private readonly NodeNetwork _network = new();

    public TestPki Pki => _network.Pki;

    public SigningKey Root { get; } = SigningKey.Create();

    public void Dispose()
    {
        _network.Dispose();
        Root.Dispose();
    }

    public Task<ExchangeNode> StartAsync(string name, params string[] peers) => StartAsync(name, listens: true, peers);

    public Task<ExchangeNode> StartAsync(string name, bool listens, params string[] peers) => _network.StartAsync(
        name, peers,
        configuration => configuration with
        {
            Trust = new() { Roots = [Root.Public.Id] },
            Exchange = listens ? configuration.Exchange : configuration.Exchange with { Listen = null },
        });

    /// <summary>Signs and appends a statement as a trust command does, through its own store on the node's data directory.</summary>
    public async Task SayAsync(string node, Statement draft, SigningKey? key = null)
    {
        key ??= Root;
        var store = new TrustStore(TrustStore.FolderOf(DataOf(node)), TimeProvider.System);
        await store.AppendAsync(key.Public, [SignedStatement.Sign(draft, key, store.Read(key.Public.Id).Head, TimeProvider.System.GetUtcNow())]);
    }

    public static Statement Enrol(string subject) => new()
    {
        Action = TrustAction.Enrol,
        Subject = Subject(subject),
        Kind = TrustKind.ListHost,
        Organisation = "Example e.V.",
        Contact = "postmaster@example.org",
        Expires = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero),
    };

    public static Statement Revoke(string subject) => new() { Action = TrustAction.Revoke, Subject = Subject(subject), Reason = "spam" };

    public static Statement Delegate(string subject, SigningKey to) => Enrol(subject) with { Action = TrustAction.Delegate, Kind = null, Delegate = to.Public.Id, Hosts = 10 };

    /// <summary>Waits until a node trusts an address, or until it does not.</summary>
    public static async Task TrustsAsync(ExchangeNode node, string address, bool trusted)
    {
        var keeper = node.Services.GetRequiredService<TrustKeeper>();
        var changed = new SemaphoreSlim(0);
        void Changed() => changed.Release();
        keeper.Reloaded += Changed;
        try
        {
            while ((node.Services.GetRequiredService<TrustBook>().Find(IPAddress.Parse(address)) is not null) != trusted)
            {
                Assert.True(await changed.WaitAsync(ExchangeNode.Patience), $"waited in vain for the list to change for {address}");
            }
        }
        finally
        {
            keeper.Reloaded -= Changed;
        }
    }

    private string DataOf(string node) => _network.Data(node);

    private static TrustSubject Subject(string text) => TrustSubject.TryParse(text, out var subject, out var error) ? subject : throw new FormatException(error);
}
