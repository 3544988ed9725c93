using System.Globalization;
using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Exchange;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>Three nodes of one cluster, each on its own machine, with Redis, a destination and a sender on further machines.</summary>
internal sealed class ClusterMachines : IAsyncDisposable
{
    /// <summary>The programs that it needs.</summary>
    public const string Root = "root", Ip = "ip", Nft = "nft", Curl = "curl";

    private const string Cluster = "test";
    private const int ClusterPort = 8027;
    private const int SmtpPort = 2525;
    private const int SinkPort = 4025;
    private const int Members = 9007;

    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly TemporaryFolder _folder = new();
    private readonly TestPki _pki = new(Cluster, isCluster: true);
    private readonly Dictionary<string, (NodeProcess Process, NetworkHost Host)> _nodes = [];
    private NetworkHost _sender = null!;
    private readonly string[] _more;
    private int _before;

    private ClusterMachines(string[] more) => _more = more;

    public IEnumerable<string> Nodes => _nodes.Keys;

    /// <summary>Messages that the destination received since the start.</summary>
    public int Arrived => Directory.GetFiles(_folder.File("mail")).Length - _before;

    /// <param name="more">Further settings of every node, Section:Key=Value.</param>
    public static async Task<ClusterMachines> StartAsync(params string[] more)
    {
        var world = new ClusterMachines(more);
        try
        {
            await world.BuildAsync();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>An address of the sender that no node has counted before.</summary>
    public Task<IPAddress> NewSenderAsync() => _sender.NewAddressAsync();

    /// <summary>Sends messages, evenly over all nodes.</summary>
    public Task<Spray> SprayAsync(IPAddress source, int messages) =>
        Spray.RunAsync(_sender, source, messages, _nodes.Values.Select(n => new IPEndPoint(n.Host.Address, SmtpPort)));

    /// <summary>Drops all packets between a node and the rest of its cluster, Redis included. Senders and the destination reach it.</summary>
    public async Task CutOffAsync(string name)
    {
        var others = string.Join(", ", _nodes.Where(n => n.Key != name).Select(n => n.Value.Host.Address).Append(RedisAddress));
        var rules = $"table ip cut {{ chain in {{ type filter hook input priority 0; ip saddr {{ {others} }} drop; }}; chain out {{ type filter hook output priority 0; ip daddr {{ {others} }} drop; }}; }}\n";
        (await Tool.RunAsync("nft", ["-f", "-"], rules, _nodes[name].Host)).Expect(0);
    }

    public Task PauseAsync(string name) => _nodes[name].Process.PauseAsync();

    public Task ResumeAsync(string name) => _nodes[name].Process.ResumeAsync();

    /// <summary>Ends <see cref="CutOffAsync"/>.</summary>
    public async Task HealAsync(string name) => (await Tool.RunAsync("nft", ["delete", "table", "ip", "cut"], host: _nodes[name].Host)).Expect(0);

    /// <summary>Asks a node's guard about a mail of an address, as a mail server does. The guard listens for HTTP at 127.0.0.1:10041.</summary>
    public async Task AskGuardAsync(string name, IPAddress address, string mail) =>
        (await Tool.RunAsync(Curl, ["-sf", $"http://127.0.0.1:10041/check?address={address}&mail={mail}"], host: _nodes[name].Host)).Expect(0);

    /// <summary>Lets an address in again, by the command at a node.</summary>
    public async Task UnblockAsync(string name, IPAddress address) =>
        (await NodeProcess.CommandAsync(_nodes[name].Host, ["unblock", address.ToString(), "--set", "Admin:Listen=127.0.0.1:8025"])).Expect(0);

    /// <summary>The firewall's rules of each node's machine.</summary>
    public Task<string[]> RulesAsync() => Task.WhenAll(_nodes.Values.Select(async n => (await Tool.RunAsync(Nft, ["list", "ruleset"], host: n.Host)).Expect(0).Output));

    /// <summary>Whether each node greets an address of the sender. A firewall that drops its packets answers nothing.</summary>
    public Task<(string Name, bool IsReached)[]> ReachedByAsync(IPAddress source)
    {
        const string Script = "import socket, sys; print(socket.create_connection((sys.argv[1], int(sys.argv[2])), 5, (sys.argv[3], 0)).recv(100).decode())";
        return Task.WhenAll(_nodes.Select(async n =>
        {
            string[] arguments = ["-c", Script, n.Value.Host.Address.ToString(), SmtpPort.ToString(CultureInfo.InvariantCulture), source.ToString()];
            return (n.Key, (await Tool.RunAsync("python3", arguments, host: _sender)).Output.StartsWith("220", StringComparison.Ordinal));
        }));
    }

    /// <summary>The attempts an hour of an address that a node knows of, by all nodes.</summary>
    public async Task<double> CountAsync(string name, IPAddress address)
    {
        var host = (await AskAsync(name, $"block/{address}")).GetProperty("levels")[0];
        return host.GetProperty("ownPerHour").GetDouble() + host.GetProperty("othersPerHour").GetDouble();
    }

    /// <summary>Waits until a node sees so many nodes of its cluster, itself included.</summary>
    public Task SeesAsync(string name, int nodes) => Eventually.HoldsAsync(
        $"node {name} to see {nodes} nodes", () => _nodes[name].Process.Log.LastOrDefault(l => l.EventId == Members)?.Message.Split(',').Length == nodes);

    /// <summary>Waits until all nodes have the same count of an address, and returns it.</summary>
    public async Task<double> AgreeAsync(IPAddress address)
    {
        double[] counts = [];
        try
        {
            await Eventually.HoldsAsync($"all nodes to count {address} alike", async () =>
            {
                counts = await Task.WhenAll(_nodes.Keys.Select(name => CountAsync(name, address)));
                return counts.Max() > 0 && counts.Max() - counts.Min() < 0.02 * counts.Max();
            });
        }
        catch (TimeoutException e)
        {
            var logs = _nodes.Select(n => $"{n.Key}: {string.Join("; ", n.Value.Process.Log.Where(l => l.EventId is >= 9000 and < 9100).Select(l => l.Message).TakeLast(40))}");
            throw new TimeoutException($"{e.Message}; counts an hour {string.Join(", ", counts)}\n{string.Join('\n', logs)}", e);
        }

        return counts.Max();
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }

        _pki.Dispose();
        _folder.Dispose();
    }

    private static IPAddress RedisAddress { get; } = IPAddress.Parse("10.77.0.9");

    private async Task BuildAsync()
    {
        var network = await TestNetwork.CreateAsync();
        _parts.Push(network);
        _sender = await network.AddAsync(IPAddress.Parse("10.77.0.3"));
        var sink = await network.AddAsync(IPAddress.Parse("10.77.0.2"));
        (await Tool.RunAsync("chown", "nobody", _folder.Make("mail"))).Expect(0);
        _parts.Push(Tool.Start("smtp-sink", ["-u", "nobody", "-d", _folder.File("mail/"), $"{sink.Address}:{SinkPort}", "1024"], sink));
        var redis = await RedisServer.StartAsync(await network.AddAsync(RedisAddress));
        _parts.Push(redis);
        foreach (var (name, last) in new[] { ("a", 11), ("b", 12), ("c", 13) })
        {
            var host = await network.AddAsync(IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.77.0.{last}")));
            (await Tool.RunAsync("ip", ["route", "add", "172.16.0.0/12", "dev", "eth0"], host: host)).Expect(0);
            _pki.Issue(name, "acme", host.Address.ToString());
            await StartNodeAsync(name, host, redis);
        }

        foreach (var name in _nodes.Keys)
        {
            await SeesAsync(name, _nodes.Count);
            await Eventually.HoldsAsync(
                $"an order of all shards at node {name}",
                async () => (await AskAsync(name, "status")).GetProperty("cluster").GetProperty("settled").GetInt32() == LocalCluster.Shards);
        }

        // As in LocalCluster, no message of a trial is a node's first one.
        var probe = await NewSenderAsync();
        await Eventually.HoldsAsync("a first message", async () => (await SprayAsync(probe, _nodes.Count)).Accepted > 0);
        _before = Directory.GetFiles(_folder.File("mail")).Length;
    }

    private async Task<JsonElement> AskAsync(string name, string what) =>
        JsonElement.Parse((await Tool.RunAsync(Curl, ["-s", $"http://127.0.0.1:8025/api/{what}"], host: _nodes[name].Host)).Expect(0).Output);

    private async Task StartNodeAsync(string name, NetworkHost host, RedisServer redis)
    {
        var folder = new TemporaryFolder();
        string[] settings =
        [
            $"Node:Name={name}", $"Smtp:Listen:0={host.Address}:{SmtpPort}", "Smtp:MaxConnectionsPerBlock=1000", "Smtp:MaxConnectionsPerSite=2000",
            "Smtp:MaxConnectionsPerRegion=3000", "Throttle:MaxDelay=00:00:04", "Admin:Listen=127.0.0.1:8025",
            $"Relay:Routes:example.test=10.77.0.2:{SinkPort}", "Relay:AllowPrivateDestinations=true",
            $"Cluster:Name={Cluster}", $"Cluster:Listen={host.Address}:{ClusterPort}", .. redis.Settings,
            .. _more, $"Cluster:Certificate={_pki.File($"{name}.pem")}", $"Cluster:Key={_pki.File($"{name}.key")}", $"Cluster:Authority={_pki.Authority}",
        ];
        var process = await NodeProcess.StartAsync(folder, host, settings);
        _parts.Push(new NodeParts(process, folder));
        _nodes.Add(name, (process, host));
    }

    private sealed class NodeParts(NodeProcess process, TemporaryFolder folder) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await process.DisposeAsync();
            folder.Dispose();
        }
    }
}
