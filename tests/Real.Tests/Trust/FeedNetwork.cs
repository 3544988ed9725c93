using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Trust;

/// <summary>Nodes as processes on this machine that trust one root, whose key is at node a.</summary>
internal sealed class FeedNetwork : IAsyncDisposable
{
    private const int PeerJoined = 4010;

    private readonly TestPki _pki = new("throttle-mx.test");
    private readonly Dictionary<string, TemporaryFolder> _folders = [];
    private readonly Stack<NodeProcess> _nodes = new();
    private readonly TimeSpan _age;
    private string _root = "";

    private FeedNetwork(TimeSpan age) => _age = age;

    /// <param name="age">How long certificates have been valid when they are issued.</param>
    public static async Task<FeedNetwork> CreateAsync(TimeSpan age = default)
    {
        var network = new FeedNetwork(age);
        using var key = JsonDocument.Parse((await network.TrustAsync("a", "key", "new", "--json")).Expect(0).Output);
        network._root = key.RootElement.GetProperty("id").GetString()!;
        return network;
    }

    /// <summary>Issues a member's certificate. Gives the files of the authority, the certificate and the key.</summary>
    public string[] Issue(string name)
    {
        var (certificate, key) = _pki.Issue(name, "operator-" + name, at: TimeProvider.System.GetUtcNow() - _age);
        return [_pki.Authority, certificate, key];
    }

    /// <summary>A node's data directory.</summary>
    public string DataOf(string name) => FolderOf(name).File("data");

    /// <summary>The file of a node's certificate.</summary>
    public string CertificateOf(string name) => _pki.File(name + ".pem");

    /// <summary>Starts a node, and waits for its links.</summary>
    /// <param name="name">a, b, ….</param>
    /// <param name="port">The port of its exchange; 0 if it does not listen.</param>
    /// <param name="peers">The ports of its peers.</param>
    public Task<NodeProcess> StartAsync(string name, int port, params int[] peers) => StartUnderAsync([], name, port, peers);

    /// <inheritdoc cref="StartAsync"/>
    /// <param name="wrapper">A command whose last argument is the node's command.</param>
    public async Task<NodeProcess> StartUnderAsync(string[] wrapper, string name, int port, params int[] peers)
    {
        var pem = Issue(name);
        string[] settings =
        [
            $"Node:Name={name}", $"Trust:Roots={_root}",
            $"Exchange:Authority={pem[0]}", $"Exchange:Certificate={pem[1]}", $"Exchange:Key={pem[2]}",
            .. port == 0 ? [] : new[] { $"Exchange:Listen=127.0.0.1:{port}" },
            .. peers.Length == 0 ? [] : new[] { "Exchange:Peers=" + string.Join(',', peers.Select(p => $"127.0.0.1:{p}")) },
        ];
        var node = await NodeProcess.StartUnderAsync(wrapper, FolderOf(name), settings);
        _nodes.Push(node);
        await Eventually.HoldsAsync("its links", () => node.Log.Count(l => l.EventId == PeerJoined) >= peers.Length);
        return node;
    }

    /// <summary>Runs a trust command on a node's data directory, as its operator does.</summary>
    public Task<ProcessResult> TrustAsync(string node, params string[] arguments) => NodeProcess.CommandAsync(
        ["trust", .. arguments, "--set", $"Node:DataDirectory={FolderOf(node).File("data")}", .. _root.Length == 0 ? [] : new[] { "--set", $"Trust:Roots={_root}" }]);

    /// <summary>Waits until a node's verdict on an address is that it is trusted, or that it is not.</summary>
    public static async Task TrustsAsync(NodeProcess node, string address, bool trusted)
    {
        using var client = new HttpClient { BaseAddress = node.Admin };
        await Eventually.FindAsync($"the node to {(trusted ? "" : "dis")}trust {address}", async () =>
        {
            using var block = JsonDocument.Parse(await client.GetStringAsync(new Uri($"api/block/{address}", UriKind.Relative)));
            return (block.RootElement.GetProperty("trusted").ValueKind != JsonValueKind.Null) == trusted ? "yes" : null;
        });
    }

    public async ValueTask DisposeAsync()
    {
        while (_nodes.TryPop(out var node))
        {
            await node.DisposeAsync();
        }

        _pki.Dispose();
        foreach (var folder in _folders.Values)
        {
            folder.Dispose();
        }
    }

    private TemporaryFolder FolderOf(string name) => _folders.TryGetValue(name, out var folder) ? folder : _folders[name] = new TemporaryFolder();
}
