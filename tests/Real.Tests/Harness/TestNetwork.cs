using System.Globalization;
using System.Net;

namespace ThrottleNet.Real.Tests.Harness;

/// <summary>A switch and machines connected to it, each a network namespace. Needs root.</summary>
internal sealed class TestNetwork : IAsyncDisposable
{
    private static int _networks;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"tn{Environment.ProcessId}-{Interlocked.Increment(ref _networks)}");
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _spaces = [];

    private readonly MovedClock? _clock;

    private TestNetwork(MovedClock? clock) => _clock = clock;

    /// <summary>The resolver's address.</summary>
    public static IPAddress ResolverAddress { get; } = IPAddress.Parse("10.77.0.53");

    /// <param name="clock">The clock of all machines but the resolver; null for the real one.</param>
    public static async Task<TestNetwork> CreateAsync(MovedClock? clock = null)
    {
        var network = new TestNetwork(clock);
        network._folder.Write("resolv.conf", $"nameserver {ResolverAddress}\n");
        await network.AddSpaceAsync(network._name, "link add switch type bridge\nlink set switch up\nlink set lo up\n");
        return network;
    }

    /// <summary>A machine with an address in 10.77.0.0/24.</summary>
    public async Task<NetworkHost> AddAsync(IPAddress address)
    {
        var space = $"{_name}-{address.GetAddressBytes()[3]}";
        await AddSpaceAsync(space, "link set lo up\n");
        var port = $"port{address.GetAddressBytes()[3]}";
        await BatchAsync(_name, $"link add {port} type veth peer name eth0 netns {space}\nlink set {port} master switch\nlink set {port} up\n");
        await BatchAsync(space, $"addr add {address}/24 dev eth0\nlink set eth0 up\n");
        return new NetworkHost(space, _folder.File("resolv.conf"), address, address.Equals(ResolverAddress) ? null : _clock);
    }

    /// <summary>A machine with a private address behind another one, which shows all its connections as its own (NAT). Needs nft.</summary>
    /// <param name="gateway">A machine of this network.</param>
    public async Task<NetworkHost> AddBehindAsync(NetworkHost gateway)
    {
        var space = $"{gateway.Space}n";
        await AddSpaceAsync(space, "link set lo up\n");
        await BatchAsync(gateway.Space, $"link add inside type veth peer name eth0 netns {space}\naddr add 192.168.77.1/24 dev inside\nlink set inside up\n");
        await BatchAsync(space, "addr add 192.168.77.2/24 dev eth0\nlink set eth0 up\nroute add default via 192.168.77.1\n");
        (await Tool.RunAsync("sysctl", ["-w", "net.ipv4.ip_forward=1"], host: gateway)).Expect(0);
        (await Tool.RunAsync("nft", ["-f", "-"], "table ip nat { chain out { type nat hook postrouting priority srcnat; oifname \"eth0\" masquerade; }; }\n", gateway)).Expect(0);
        return new NetworkHost(space, _folder.File("resolv.conf"), IPAddress.Parse("192.168.77.2"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var space in _spaces)
        {
            await Tool.RunAsync("ip", "netns", "del", space);
        }

        _folder.Dispose();
    }

    private async Task AddSpaceAsync(string space, string commands)
    {
        (await Tool.RunAsync("ip", "netns", "add", space)).Expect(0);
        _spaces.Add(space);
        await BatchAsync(space, commands);
    }

    private static async Task BatchAsync(string space, string commands) =>
        (await Tool.RunAsync("ip", ["-n", space, "-batch", "-"], commands)).Expect(0);
}
