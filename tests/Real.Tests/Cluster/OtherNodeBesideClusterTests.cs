using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Exchange;
using ThrottleNet.Real.Tests.Grpc;
using ThrottleNet.Real.Tests.Trust;

namespace ThrottleNet.Real.Tests.Cluster;

/// <summary>A node that knows nothing of clusters, written from docs/protocol.md in JavaScript, linked with a cluster's gateway.</summary>
public sealed class OtherNodeBesideClusterTests
{
    private const string Node = "node", Grpc = "npm:@grpc/grpc-js", Loader = "npm:@grpc/proto-loader";
    private const double PerUnit = 2;

    [NeedsFact(Node, Grpc, Loader, LocalCluster.Python, LocalCluster.Sink)]
    public async Task Its_counts_reach_every_node_of_the_cluster_and_the_counts_of_every_node_reach_it()
    {
        await using var network = await FeedNetwork.CreateAsync();
        var port = Ports.Free();
        var pem = network.Issue("a");
        using var members = new TemporaryFolder();
        string[] file = [$"Cluster:Members=file:{members.File("members.json")}"];
        string[] exchange =
        [
            $"Exchange:Listen=127.0.0.1:{port}", $"Exchange:Authority={pem[0]}", $"Exchange:Certificate={pem[1]}", $"Exchange:Key={pem[2]}",
        ];
        await using var cluster = await LocalCluster.StartAsync(name => name == "a" ? [.. file, .. exchange] : file, "a", "b");
        await using var other = new ScriptProcess("exchange.js", [$"127.0.0.1:{port}", .. network.Issue("b")]);
        await NextAsync(other, "hello");

        var theirs = IPAddress.Parse("198.51.100.7");
        await other.WriteLineAsync("""{ "count": { "198.51.100.7": 12 } }""");
        await cluster.AgreeAsync(theirs, 3);

        var ours = IPAddress.Parse("127.66.0.1");
        await LocalCluster.SprayAsync(ours, 2, [cluster["b"]]);
        var units = 0;
        while (units < 8)
        {
            units += (await NextAsync(other, "attempts")).TryGetProperty(ours.ToString(), out var quarters) ? quarters.GetInt32() : 0;
        }

        Assert.Equal(8, units);
        Assert.InRange((await cluster["a"].CountsAsync(ours)).Others / PerUnit, 1.9, 2);
    }

    private static async Task<JsonElement> NextAsync(ScriptProcess script, string kind)
    {
        while (true)
        {
            if ((await script.ReadAsync()).TryGetProperty(kind, out var said))
            {
                return said;
            }
        }
    }
}
