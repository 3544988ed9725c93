using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Tests.Inbound;

namespace ThrottleNet.MxNode.Tests.Hosting;

/// <summary>Starting and stopping a node.</summary>
public sealed class NodeHostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_node_on_the_same_data_directory_is_refused_while_the_first_runs()
    {
        await using (Create("127.0.0.1:0"))
        {
            var refused = Assert.Throws<StartException>(() => Create("127.0.0.1:0"));
            Assert.StartsWith($"Node:DataDirectory: {_folder.Path} cannot be used", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refused.Message);
        }

        await using var again = Create("127.0.0.1:0");
    }

    [Fact]
    public void A_data_directory_that_cannot_be_created_is_reported()
    {
        var file = Path.Combine(_folder.Path, "file");
        File.WriteAllText(file, "");
        var refused = Assert.Throws<StartException>(() => Create("127.0.0.1:0", Path.Combine(file, "data")));
        Assert.Contains("cannot be used", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_use_is_reported_in_one_line()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        await using var node = Create(other.LocalEndPoint!.ToString()!);
        var refused = await Assert.ThrowsAsync<StartException>(() => node.StartAsync());
        Assert.StartsWith($"Smtp:Listen: cannot listen on {other.LocalEndPoint} (", refused.Message, StringComparison.Ordinal);
        Assert.Contains("another program has that port", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task An_address_that_this_machine_does_not_have_is_reported_in_one_line()
    {
        await using var node = Create("192.0.2.1:2525");
        var refused = await Assert.ThrowsAsync<StartException>(() => node.StartAsync());
        Assert.Contains("192.0.2.1:2525", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task A_node_listens_on_every_configured_address()
    {
        await using var node = NodeHost.Create(
            Configuration("127.0.0.1:0", _folder.Path) with { Smtp = new() { Listen = [new(IPAddress.Loopback, 0), new(IPAddress.Parse("127.0.0.2"), 0)], GreetDelay = TimeSpan.Zero } },
            TimeProvider.System,
            _ => { });
        await node.StartAsync();
        Assert.Equal(2, node.Smtp.Count);
        foreach (var endPoint in node.Smtp)
        {
            await using var client = await RawClient.ConnectAsync(endPoint);
            await client.TalkAsync("<220", ">QUIT", "<221");
        }

        await node.StopAsync();
    }

    [Fact]
    public async Task A_node_that_was_disposed_leaves_nothing_in_memory()
    {
        var left = await LeaveAsync();
        await Eventually.HoldsAsync("the node to be collected", () =>
        {
            GC.Collect();
            return !left.IsAlive;
        });
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<WeakReference> LeaveAsync()
    {
        using var pki = new TestPki();
        await using var node = await ExchangeNode.StartAsync(pki, "a", "acme", _folder.Path, []);
        return new WeakReference(node.Services);
    }

    private NodeHost Create(string listen, string? data = null) => NodeHost.Create(Configuration(listen, data ?? _folder.Path), TimeProvider.System, _ => { });

    private static NodeConfiguration Configuration(string listen, string data) => new()
    {
        Node = new() { DataDirectory = data },
        Smtp = new() { Listen = [IPEndPoint.Parse(listen)], GreetDelay = TimeSpan.Zero },
        Throttle = InboundRig.NoThrottle,
        Admin = new() { Listen = null },
    };
}
