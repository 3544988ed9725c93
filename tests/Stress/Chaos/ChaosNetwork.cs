using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ThrottleNet.Stress.Processes;

namespace ThrottleNet.Stress.Chaos;

/// <summary>The nodes of a chaos run, each of its own operator and linked with the others, and the next hops that they deliver to. Each is a process at a loopback address of its own.</summary>
internal sealed class ChaosNetwork : IAsyncDisposable
{
    /// <summary>Descriptors that a node may have open: few enough that a crowd can take them all.</summary>
    public const int Descriptors = 1024;

    private const int NodeCount = 3;
    private const int HopCount = 3;
    // Below the ports that systems give to clients, and not what a server beside this run may listen on at all addresses: it would take the place of one that is down.
    private const int SmtpPort = 21_525;
    private const int ExchangePort = 21_526;
    private const int PathPort = 21_527;
    private const int HopPort = 21_528;
    private const int AdminPort = 21_529;

    // A node takes no mail when fewer than some messages of the largest size fit on its disk. So messages are small, and the disk is small enough to be filled
    // at once. It must hold some files of the spool, of 64 MiB each.
    private const int MaxMessageSize = 1 << 20;
    private const int DiskMegabytes = 256;
    private const int DiskMegabytesOfSpool = 400;

    // Users that daemons change to must be able to enter the folder.
    private const UnixFileMode EnteredByAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly TimeSpan ClockErrors = TimeSpan.FromDays(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("throttlenet-chaos-").FullName;
    private readonly TestPki _pki = new("chaos.test");
    private readonly List<ChaosNode> _nodes = [];
    private readonly List<IChaosHop> _hops = [];

    private ChaosNetwork(bool spoolsAll) => Routing = new ChaosRoutes(HopCount, PostfixHop.IsPossible, spoolsAll);

    public IReadOnlyList<ChaosNode> Nodes => _nodes;

    public IReadOnlyList<IChaosHop> Hops => _hops;

    /// <summary>Which messages go where.</summary>
    public ChaosRoutes Routing { get; }

    /// <summary>The folder with the logs of nodes and next hops.</summary>
    public string Folder => _folder;

    /// <summary>Whether the folder stays.</summary>
    public bool KeepsFiles { get; set; }

    /// <param name="spoolsAll">All messages are spooled.</param>
    public static async Task<ChaosNetwork> StartAsync(bool spoolsAll)
    {
        var network = new ChaosNetwork(spoolsAll);
        try
        {
            await network.BeginAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        foreach (var hop in _hops)
        {
            await hop.DisposeAsync();
        }

        _pki.Dispose();
        if (!KeepsFiles)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task BeginAsync()
    {
        File.SetUnixFileMode(_folder, EnteredByAll);
        for (var i = 0; i < Routing.Hops; i++)
        {
            var (endPoint, folder) = (new IPEndPoint(Loopback.Next(), HopPort), Make(Text($"hop{i}")));
            IChaosHop hop = i < HopCount ? new HopProcess(endPoint, folder) : new PostfixHop(endPoint, folder, ChaosRoutes.DomainsOf(i));
            _hops.Add(hop);
            await hop.StartAsync();
        }

        var addresses = Enumerable.Range(0, NodeCount).Select(_ => Loopback.Next()).ToList();
        for (var i = 0; i < NodeCount; i++)
        {
            var node = Create(addresses, i);
            _nodes.Add(node);
            await node.MountAsync(Routing.SpoolsAll ? DiskMegabytesOfSpool : DiskMegabytes);
        }

        await Task.WhenAll(_nodes.Select(n => n.StartAsync()));
    }

    private ChaosNode Create(List<IPAddress> addresses, int number)
    {
        var name = Text($"node{number}");
        var (folder, address) = (Make(name), addresses[number]);
        var data = Path.Combine(folder, "data");
        var clockFile = Path.Combine(folder, "clock");
        File.WriteAllText(clockFile, "+0\n");
        var clock = ChaosNode.ClockOf(clockFile);
        var program = new NodeProgram(folder, new IPEndPoint(address, SmtpPort), Configure(name, data, addresses, number)) { Environment = clock, Wrapper = ["prlimit", Text($"--nofile={Descriptors}:{Descriptors}")] };
        var path = new BreakablePath(new IPEndPoint(address, PathPort), new IPEndPoint(address, ExchangePort));
        return new ChaosNode(name, program, data, path, new SpoolControl(new IPEndPoint(address, AdminPort)), clock.Count > 0 ? clockFile : null);
    }

    private JsonObject Configure(string name, string data, List<IPAddress> addresses, int number)
    {
        // Valid on a clock that is wrong, too.
        var (certificate, key) = _pki.Issue(name, $"operator-{name}", addresses[number].ToString(), ClockErrors * 2, TimeProvider.System.GetUtcNow() - ClockErrors);
        return new JsonObject
        {
            ["Node"] = new JsonObject { ["Name"] = name, ["HostName"] = $"{name}.throttle-mx.chaos.test", ["DataDirectory"] = data },
            ["Network"] = new JsonObject { ["Names"] = new JsonArray("throttle-mx.chaos.test") },
            ["Smtp"] = new JsonObject { ["Listen"] = new JsonArray(Text($"{addresses[number]}:{SmtpPort}")), ["GreetDelay"] = "00:00:00", ["MaxMessageSize"] = MaxMessageSize },
            ["Relay"] = new JsonObject
            {
                ["Routes"] = new JsonObject(_hops.SelectMany((h, i) => ChaosRoutes.DomainsOf(i).Select(d => KeyValuePair.Create(d, (JsonNode?)h.EndPoint.ToString())))),
                ["AllowPrivateDestinations"] = true,
            },
            ["Spool"] = new JsonObject { ["Enabled"] = true, ["Domains"] = new JsonArray([.. Routing.SpooledDomains.Select(d => (JsonNode)d)]) },
            ["Throttle"] = new JsonObject { ["Hold"] = "00:00:01", ["MaxDelay"] = "00:00:02", ["SnapshotInterval"] = "00:00:02" },
            ["Trust"] = new JsonObject { ["Entries"] = new JsonArray(ChaosSender.TrustedNetwork) },
            ["Exchange"] = new JsonObject
            {
                ["Listen"] = Text($"{addresses[number]}:{ExchangePort}"),
                ["Address"] = Text($"{addresses[number]}:{PathPort}"),
                ["Peers"] = new JsonArray([.. addresses.Where((_, i) => i != number).Select(a => (JsonNode)Text($"{a}:{PathPort}"))]),
                ["Certificate"] = certificate,
                ["Key"] = key,
                ["Authority"] = _pki.Authority,
                ["BatchInterval"] = "00:00:00.5",
            },
            ["Admin"] = new JsonObject { ["Listen"] = Text($"{addresses[number]}:{AdminPort}") },
        };
    }

    private string Make(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
