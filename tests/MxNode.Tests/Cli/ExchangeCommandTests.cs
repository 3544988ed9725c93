using System.Net;
using System.Text.Json;
using ThrottleNet.Counting.Blocks;

namespace ThrottleNet.MxNode.Tests.Cli;

/// <summary>The output of the commands about a node that shares counts with another.</summary>
[Trait("Category", "Slow")]
public sealed class ExchangeCommandTests : IDisposable
{
    private static readonly IpBlock Host = IpBlock.Of(IPAddress.Parse("192.0.2.7"));
    private readonly TemporaryFolder _folder = new();
    private readonly NodeNetwork _network = new();

    public void Dispose()
    {
        _network.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Peers_lists_the_linked_nodes_and_block_the_operators_reports()
    {
        await using var a = await StartAsync("a");
        await using var b = await StartAsync("b", a.Address);
        await ExchangeNode.LinkedAsync(a, b);
        await b.RegisterAsync(Host, 15); // warm: reports about colder hosts are kept without their operator
        await a.RegisterAsync(Host);

        var peers = await RunAsync(a, "peers");
        Assert.Equal((0, ""), (peers.ExitCode, peers.Error));
        Assert.StartsWith("a of operator-a in test.net, origin ", peers.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ *b\s+operator-b\s.*\sthem\s+ready\s", peers.Output);

        using var json = JsonDocument.Parse((await RunAsync(b, "peers", "--json")).Output);
        Assert.False(json.RootElement.GetProperty("alone").GetBoolean());
        var peer = Assert.Single(json.RootElement.GetProperty("peers").EnumerateArray());
        Assert.Equal(("a", "operator-a", "us"), (Text(peer, "name"), Text(peer, "operator"), Text(peer, "openedBy")));

        var block = await RunAsync(a, "block", "192.0.2.7");
        Assert.Equal((0, ""), (block.ExitCode, block.Error));
        Assert.Matches(@"about \d+ recipients? of late: operator-b \d", block.Output);
        Assert.DoesNotContain("operator-a", block.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_peers_says_that_it_is_alone()
    {
        await using var a = await StartAsync("a");
        var peers = await RunAsync(a, "peers");
        Assert.Equal((0, ""), (peers.ExitCode, peers.Error));
        Assert.Contains("no peer is linked: the node judges by its own counts alone", peers.Output, StringComparison.Ordinal);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private Task<ProcessResult> RunAsync(ExchangeNode node, params string[] command) =>
        CliNode.CommandAsync(_folder.Path, [.. command, "--set", $"Admin:Listen={node.Dashboard}"]);

    private Task<ExchangeNode> StartAsync(string name, params string[] peers) => _network.StartAsync(
        name, peers, c => c with { Admin = new() { Listen = new(IPAddress.Loopback, 0) } });
}
