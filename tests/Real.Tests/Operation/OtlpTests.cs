using System.Globalization;
using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Operation;

/// <summary>What nodes send to a collector (Telemetry:Otlp): metrics, the log, and one trace of a message over the nodes that count it.</summary>
public sealed class OtlpTests : IDisposable
{
    // The node's own, the runtime's and Kestrel's.
    private static readonly HashSet<string> Expected = ["throttlenet.exchange.batches", "throttlenet.ledger.rows", "throttlenet.peers", "dotnet.process.memory.working_set", "kestrel.active_connections"];

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, TemporaryFolder> _nodes = new() { ["a"] = new(), ["b"] = new() };

    public void Dispose()
    {
        _folder.Dispose();
        foreach (var folder in _nodes.Values)
        {
            folder.Dispose();
        }
    }

    [Fact]
    public async Task A_message_that_is_counted_by_another_operators_node_is_one_trace_over_both()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var hop = new ScriptedHop();
        (await NodeProcess.CommandAsync("pki", "init", "--network", "throttle-mx.relays.test", "--out", _folder.File("ca"))).Expect(0);
        var port = Ports.Free();
        await using var b = await StartAsync("b", collector, hop, [.. await ExchangeAsync("b", "beta"), $"Exchange:Listen=127.0.0.1:{port}"]);
        await using var a = await StartAsync("a", collector, hop, [.. await ExchangeAsync("a", "alpha"), "Exchange:Listen=127.0.0.1:0", $"Exchange:Peers=127.0.0.1:{port}"]);
        await Eventually.HoldsAsync("the link", async () => (await AskAsync(a, "api/peers")).GetProperty("peers").EnumerateArray().Any(p => p.GetProperty("state").GetString() == "ready"));
        await SendAsync(a, "127.0.0.7");
        foreach (var node in new[] { "a", "b" })
        {
            await Eventually.HoldsAsync($"metrics of {node}", () => Expected.IsSubsetOf(collector.Metrics.Where(m => m.Node == node).Select(m => m.Name)));
        }

        await a.StopAsync(); // sends what it has
        await b.StopAsync();

        var session = Assert.Single(collector.Spans, s => s.Name == "smtp session" && s.Attributes.GetValueOrDefault("throttlenet.block") == "127.0.0.7");
        Assert.Equal(("a", "throttlenet", ""), (session.Node, session.Resource["service.name"], session.Parent));
        Assert.NotEqual("", session.Resource["service.version"]);
        var trace = collector.Spans.Where(s => s.Trace == session.Trace).ToList();
        var phases = trace.Where(s => s.Parent == session.Id).ToList();
        Assert.Equal(["deliver", "greet", "recipients", "text"], phases.Select(s => s.Name).Order());

        // The attempt went to the other node in a batch, through a stream of gRPC.
        var published = Assert.Single(trace, s => s.Name == "publish batch");
        Assert.Equal(("a", Assert.Single(phases, s => s.Name == "recipients").Id), (published.Node, published.Parent));
        var received = Assert.Single(trace, s => s.Name == "receive batch");
        Assert.Equal(("b", published.Id), (received.Node, received.Parent));

        var line = Assert.Single(collector.Logs, l => l.Attributes.GetValueOrDefault("Block") == "127.0.0.7" && l.Attributes.ContainsKey("Outcome"));
        Assert.Equal((session.Trace, session.Id, "a"), (line.Trace, line.Span, line.Resource["service.instance.id"]));
        Assert.StartsWith("session ", line.Text, StringComparison.Ordinal);

        var held = collector.Metrics.Last(m => m.Name == "throttlenet.hold.duration" && m.Node == "a");
        Assert.Equal(("s", 1L, 0.005, 300.0), (held.Unit, held.Count, held.Bounds[0], held.Bounds[^1]));
    }

    [Fact]
    public async Task A_message_that_is_ordered_by_another_node_of_the_cluster_is_one_trace_over_both()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var hop = new ScriptedHop();
        string[] Cluster() => ["Cluster:Name=relays", string.Create(CultureInfo.InvariantCulture, $"Cluster:Listen=127.0.0.1:{Ports.Free()}"), $"Cluster:Members=file:{_folder.File("members.json")}"];
        await using var a = await StartAsync("a", collector, hop, Cluster());
        await using var b = await StartAsync("b", collector, hop, Cluster());
        await Eventually.HoldsAsync("the order of all shards", async () => (await a.StatusAsync()).GetProperty("cluster") is var cluster
            && cluster.GetProperty("members").GetArrayLength() == 2 && cluster.GetProperty("settled").GetInt32() == 16 && cluster.GetProperty("shards").GetInt32() is > 0 and < 16);

        // All hosts of a region are in one shard, and which node has it is by chance.
        var hosts = Enumerable.Range(10, 24).Select(i => $"127.{i}.0.1").ToList();
        foreach (var host in hosts)
        {
            await SendAsync(a, host);
        }

        await a.StopAsync();
        await b.StopAsync();
        var sessions = hosts.Select(host => Assert.Single(collector.Spans, s => s.Name == "smtp session" && s.Attributes.GetValueOrDefault("throttlenet.block") == host)).ToList();
        var taken = sessions.Select(session => (Session: session, Taken: collector.Spans.FirstOrDefault(s => s.Trace == session.Trace && s.Name == "take counts" && s.Node == "b"))).Where(s => s.Taken is not null).ToList();
        Assert.NotEmpty(taken);
        Assert.All(taken, t =>
        {
            var pushed = Assert.Single(collector.Spans, s => s.Id == t.Taken!.Parent);
            Assert.Equal(("push counts", "a", t.Session.Trace), (pushed.Name, pushed.Node, pushed.Trace));
            var registered = Assert.Single(collector.Spans, s => s.Id == pushed.Parent);
            Assert.Equal(("recipients", t.Session.Id), (registered.Name, registered.Parent));
        });
    }

    private static async Task SendAsync(NodeProcess node, string host)
    {
        var reply = await RawClient.SendMessageAsync(node.Smtp, IPAddress.Parse(host), "a@client.test", "b@sink.test");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> AskAsync(NodeProcess node, string path)
    {
        using var client = new HttpClient { BaseAddress = node.Admin };
        return JsonElement.Parse(await client.GetStringAsync(new Uri(path, UriKind.Relative)));
    }

    private async Task<string[]> ExchangeAsync(string name, string operatorName)
    {
        (await NodeProcess.CommandAsync("pki", "issue", "--authority", _folder.File("ca"), "--name", name, "--operator", operatorName, "--host", "127.0.0.1", "--out", _folder.Path)).Expect(0);
        return [$"Exchange:Certificate={_folder.File($"{name}.pem")}", $"Exchange:Key={_folder.File($"{name}.key")}", $"Exchange:Authority={_folder.File("ca/authority.pem")}"];
    }

    private Task<NodeProcess> StartAsync(string name, OtlpCollector collector, ScriptedHop hop, string[] more) => NodeProcess.StartUnderAsync(
        ["env", "OTEL_METRIC_EXPORT_INTERVAL=1000"], _nodes[name], [$"Node:Name={name}", $"Telemetry:Otlp={collector.Address}", "Throttle:Hold=00:00:03", $"Relay:Routes:sink.test={hop.EndPoint}", .. more]);
}
