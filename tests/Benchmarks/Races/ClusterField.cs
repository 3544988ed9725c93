using System.Globalization;
using ThrottleNet.Real.Tests.Cluster;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Benchmarks.Races;

/// <summary>A single node, the nodes of a cluster and a next hop that keeps nothing, each a process of its own on loopback.</summary>
internal sealed class ClusterField : IAsyncDisposable
{
    private static readonly string[] NoLimit = [.. new[] { "Host", "Site", "Region" }.SelectMany(block => new[]
    {
        $"Throttle:{block}:Soft=1000000000", $"Throttle:{block}:Hard=1000000000", $"Throttle:{block}:Day=100000000000",
    })];

    private readonly TemporaryFolder _folder = new();
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly Dictionary<string, NodeProcess> _nodes = [];
    private readonly int _sink = Ports.Free();
    private readonly string[] _settings;

    private ClusterField(string[] settings) => _settings = settings;

    /// <summary>The process of the next hop.</summary>
    public int SinkId { get; private set; }

    /// <summary>A node without a cluster.</summary>
    public NodeProcess Single { get; private set; } = null!;

    /// <summary>The nodes of the cluster.</summary>
    public IReadOnlyDictionary<string, NodeProcess> Cluster => _nodes;

    /// <param name="names">The nodes of the cluster.</param>
    /// <param name="settings">Further settings of all nodes.</param>
    public static async Task<ClusterField> StartAsync(string[] names, params string[] settings)
    {
        var field = new ClusterField(settings);
        try
        {
            var sink = Tool.Start("smtp-sink", ["-u", "nobody", $"127.0.0.1:{field._sink}", "1024"]);
            field._parts.Push(sink);
            field.SinkId = sink.Id;
            await sink.OpenAsync(new(System.Net.IPAddress.Loopback, field._sink));
            field.Single = await field.StartAsync("single", []);
            await Task.WhenAll(names.Select(field.StartNodeAsync));
            await field.ReadyAsync(names);
            return field;
        }
        catch
        {
            await field.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a node of the cluster, or starts it again.</summary>
    public async Task StartNodeAsync(string name)
    {
        var node = await StartAsync(name, ["Cluster:Name=bench", string.Create(CultureInfo.InvariantCulture, $"Cluster:Listen=127.0.0.1:{Ports.Free()}"), $"Cluster:Members=file:{_folder.File("members.json")}"]);
        lock (_nodes)
        {
            _nodes[name] = node;
        }
    }

    /// <summary>Waits until these nodes host all shards and have an order of each.</summary>
    public Task ReadyAsync(params string[] names) => Eventually.HoldsAsync($"an order at {string.Join(", ", names)}", async () =>
    {
        var reports = await Task.WhenAll(names.Select(async n => (await _nodes[n].StatusAsync()).GetProperty("cluster")));
        return reports.All(r => r.GetProperty("settled").GetInt32() == LocalCluster.Shards) && reports.Sum(r => r.GetProperty("shards").GetInt32()) == LocalCluster.Shards;
    });

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task<NodeProcess> StartAsync(string name, string[] settings)
    {
        var data = new TemporaryFolder();
        var node = await NodeProcess.StartAsync(data,
        [
            $"Node:Name={name}", $"Relay:Routes:bench.test=127.0.0.1:{_sink}", $"Relay:Routes:example.test=127.0.0.1:{_sink}", "Relay:AllowPrivateDestinations=true", "Throttle:WarmUp=00:00:00",
            "Smtp:MaxConnectionsPerBlock=1000", "Smtp:MaxConnectionsPerSite=2000", "Smtp:MaxConnectionsPerRegion=3000", .. NoLimit, .. _settings, .. settings,
        ]);
        lock (_nodes)
        {
            _parts.Push(new Part(node, data));
        }

        return node;
    }

    private sealed class Part(NodeProcess node, TemporaryFolder data) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await node.DisposeAsync();
            data.Dispose();
        }
    }
}
