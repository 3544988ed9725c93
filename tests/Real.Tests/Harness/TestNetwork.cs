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

    private TestNetwork()
    {
    }

    /// <summary>The resolver's address.</summary>
    public static IPAddress ResolverAddress { get; } = IPAddress.Parse("10.77.0.53");

    public static async Task<TestNetwork> CreateAsync()
    {
        var network = new TestNetwork();
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
        return new NetworkHost(space, _folder.File("resolv.conf"), address);
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
