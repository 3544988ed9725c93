using System.Globalization;
using System.Net;
using ThrottleNet.Real.Tests.Exchange;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>Nodes of one cluster as processes of this machine, and a destination.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    /// <summary>The programs that it needs.</summary>
    public const string Python = "python3", Sink = "smtp-sink";

    /// <summary>Shards of a cluster, unless it is set.</summary>
    public const int Shards = 16;

    private const int Members = 9007;

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, NodeProcess> _nodes = [];
    private readonly Dictionary<string, TemporaryFolder> _folders = [];
    private readonly Dictionary<string, int> _ports = [];
    private SmtpSink _sink = null!;
    private int _before;
    private readonly Func<string, string[]> _more;

    private LocalCluster(Func<string, string[]>? more) => _more = more ?? (_ => [$"Cluster:Members=file:{_folder.File("members.json")}"]);

    /// <summary>Messages that the destination received.</summary>
    public int Arrived => _sink.Messages().Count - _before;

    public NodeProcess this[string name] => _nodes[name];

    /// <summary>Starts nodes, and waits until all see each other.</summary>
    public static Task<LocalCluster> StartAsync(params string[] names) => StartAsync(null, names);

    /// <param name="more">The settings of a node beside the usual ones, with its members.</param>
    /// <param name="names">The nodes.</param>
    public static async Task<LocalCluster> StartAsync(Func<string, string[]>? more, params string[] names)
    {
        var cluster = new LocalCluster(more);
        try
        {
            cluster._sink = await SmtpSink.StartAsync();
            await Task.WhenAll(names.Select(cluster.StartNodeAsync));
            foreach (var name in names)
            {
                await cluster.SeesAllAsync(name);
                await cluster.SettledAsync(name);
            }

            // A node's first message is slow, because its code is compiled meanwhile. It must not be one of a trial.
            await Eventually.HoldsAsync("a first message", async () => (await cluster.SprayAsync(IPAddress.Parse("127.9.0.1"), names.Length)).Accepted > 0);
            cluster._before = cluster._sink.Messages().Count;
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The nodes that run.</summary>
    public IEnumerable<NodeProcess> Running => _nodes.Values.Where(n => !n.HasExited);

    public Task<Spray> SprayAsync(IPAddress source, int messages) => SprayAsync(source, messages, [.. Running]);

    /// <summary>Sends messages, evenly over some nodes.</summary>
    public static Task<Spray> SprayAsync(IPAddress source, int messages, IReadOnlyList<NodeProcess> nodes) => Spray.RunAsync(null, source, messages, nodes.Select(n => n.Smtp));

    /// <summary>Waits until the order of all shards is valid for a node.</summary>
    public Task SettledAsync(string name) => Eventually.HoldsAsync(
        $"an order of all shards at node {name}", async () => await NumberAsync(name, "settled") == Shards);

    /// <summary>A number of the cluster's part of a node's status.</summary>
    public async Task<int> NumberAsync(string name, string property) => (await _nodes[name].StatusAsync()).GetProperty("cluster").GetProperty(property).GetInt32();

    /// <summary>Stops a node for good, as an operator does.</summary>
    public async Task LeaveAsync(string name)
    {
        await _nodes[name].StopAsync();
        await _nodes[name].DisposeAsync();
        _nodes.Remove(name);
    }

    /// <summary>Waits until all nodes have the same count of an address, which is so many units less what has decayed.</summary>
    public Task AgreeAsync(IPAddress address, int units)
    {
        const double perUnit = 2;
        return Eventually.HoldsAsync($"all nodes to count {units} units of {address}", async () =>
        {
            var counts = await Task.WhenAll(Running.Select(async n => await n.CountsAsync(address) is var c ? (c.Own + c.Others) / perUnit : 0));
            return counts.Max() - counts.Min() < 0.02 * units && Math.Abs(counts.Max() - units) < 0.05 * units;
        });
    }

    /// <summary>Stops a node as an operator does, starts it again, and waits until it has an order of all shards.</summary>
    public async Task RestartAsync(string name)
    {
        await _nodes[name].StopAsync();
        await StartNodeAsync(name);
        await SeesAllAsync(name);
        await SettledAsync(name);
    }

    /// <summary>Stops all nodes; fails if one has logged an error.</summary>
    public async Task StopAsync()
    {
        foreach (var node in _nodes.Values)
        {
            await node.StopAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
        {
            await node.DisposeAsync();
        }

        if (_sink is not null)
        {
            await _sink.DisposeAsync();
        }

        foreach (var folder in _folders.Values)
        {
            folder.Dispose();
        }

        _folder.Dispose();
    }

    /// <summary>Starts a further node, and does not wait until it takes part.</summary>
    public Task StartAloneAsync(string name) => StartNodeAsync(name);

    /// <summary>Waits until a node sees all others.</summary>
    public async Task SeesAllAsync(string name)
    {
        try
        {
            await _nodes[name].LogLineAsync("all nodes", l => l.EventId == Members && l.Message.Split(',').Length == _nodes.Count);
        }
        catch (InvalidOperationException e)
        {
            var others = _nodes.Where(n => n.Key != name).Select(n => $"node {n.Key}:\n{string.Join('\n', n.Value.Log.Select(l => l.Text))}");
            throw new InvalidOperationException($"{e.Message}\n{string.Join('\n', others)}", e);
        }
    }

    private async Task StartNodeAsync(string name)
    {
        TemporaryFolder? folder;
        lock (_folders)
        {
            if (!_folders.TryGetValue(name, out folder))
            {
                _folders[name] = folder = new TemporaryFolder();
                _ports[name] = Ports.Free();
            }
        }

        string[] settings =
        [
            $"Node:Name={name}", "Smtp:MaxConnectionsPerBlock=1000", "Smtp:MaxConnectionsPerSite=2000", "Smtp:MaxConnectionsPerRegion=3000",
            "Throttle:MaxDelay=00:00:04", _sink.Route("example.test"), "Relay:AllowPrivateDestinations=true",
            "Cluster:Name=test", string.Create(CultureInfo.InvariantCulture, $"Cluster:Listen=127.0.0.1:{_ports[name]}"),
            .. _more(name),
        ];
        var node = await NodeProcess.StartAsync(folder, settings);
        lock (_folders)
        {
            _nodes[name] = node;
        }
    }
}
