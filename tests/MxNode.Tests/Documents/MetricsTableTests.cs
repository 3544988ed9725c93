using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Numerics;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Cluster.Nodes;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Content;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.MxNode.Spool;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Authentication;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Documents;

/// <summary>docs/metrics.md against the instruments of a running node. Where a row differs, the failure prints the row that belongs there.</summary>
public sealed class MetricsTableTests
{
    private static readonly string[] Head = ["| metric | kind | unit | attributes | meaning |", "|---|---|---|---|---|"];

    [Fact]
    public async Task The_table_has_every_metric_with_its_kind_unit_attributes_and_meaning()
    {
        var rows = (await InstrumentsAsync()).Select(Row).Order(StringComparer.Ordinal).ToList();
        Assert.InRange(rows.Count, 14, int.MaxValue);
        var document = File.ReadAllLines(Repository.File("docs/metrics.md"));
        var table = document.SkipWhile(line => line != Head[0]).TakeWhile(line => line.StartsWith('|')).ToList();
        Assert.Equal(Head, table.Take(2));
        Repository.Expect(rows.Except(table).Select(row => "docs/metrics.md lacks: " + row));
        Repository.Expect(table.Skip(2).Except(rows).Select(row => "docs/metrics.md has a row of no metric: " + row));
    }

    private static string Row((Instrument Instrument, IEnumerable<string> Attributes) metric)
    {
        var kind = metric.Instrument.GetType().Name switch
        {
            "Counter`1" => "counter",
            "UpDownCounter`1" => "up-down counter",
            "Histogram`1" => "histogram",
            "ObservableGauge`1" => "gauge",
            var other => other,
        };
        var attributes = string.Join(", ", metric.Attributes.Select(a => $"`{a}`"));
        return $"| `{metric.Instrument.Name}` | {kind} | {metric.Instrument.Unit} | {(attributes.Length > 0 ? attributes : "none")} | {metric.Instrument.Description} |";
    }

    private static NodeConfiguration WithAll(NodeConfiguration configuration) => configuration with
    {
        Spool = new() { Enabled = true },
        Content = new() { Milters = ["inet:127.0.0.1:1"] },
        Cluster = new() { Name = "test", Listen = new(IPAddress.Loopback, Ports.Free()), Members = $"file:{Path.Combine(configuration.Node.DataDirectory, "members.json")}" },
    };

    // The instruments of a node with everything switched on, each with the attributes that it is measured with.
    private static async Task<IEnumerable<(Instrument Instrument, IEnumerable<string> Attributes)>> InstrumentsAsync()
    {
        var found = new ConcurrentDictionary<string, (Instrument Instrument, ConcurrentDictionary<string, bool> Attributes)>();
        using var pki = new TestPki();
        using var data = new TemporaryFolder();
        using var peerData = new TemporaryFolder();
        await using (var node = await ExchangeNode.StartAsync(pki, "a", "acme", data.Path, [], WithAll))
        {
            // A listener hears all nodes of this process; those of other tests end meanwhile.
            var meters = node.Services.GetRequiredService<IMeterFactory>();
            using var listener = new MeterListener
            {
                InstrumentPublished = (instrument, listening) =>
                {
                    if (instrument.Meter.Name == NodeMetrics.MeterName && instrument.Meter.Scope == meters)
                    {
                        found.TryAdd(instrument.Name, (instrument, new ConcurrentDictionary<string, bool>()));
                        listening.EnableMeasurementEvents(instrument);
                    }
                },
            };
            Watch<int>(listener);
            Watch<long>(listener);
            Watch<double>(listener);
            listener.Start();

            // The skew is measured by a peer's batches.
            await using var peer = await ExchangeNode.StartAsync(pki, "b", "other", peerData.Path, [node.Address]);
            await ExchangeNode.LinkedAsync(node, peer);
            await peer.RegisterAsync(IpBlock.Of(IPAddress.Parse("192.0.2.7")));
            await Eventually.HoldsAsync("the peer's clock to be known", () => node.Services.GetRequiredService<ExchangeStatus>().Skews().Any());
            var metrics = node.Services.GetRequiredService<NodeMetrics>();
            metrics.SessionStarted();
            metrics.SessionEnded("quit", TimeSpan.FromSeconds(1));
            metrics.Recipient("forward", "PersonRate");
            metrics.EarlyTalker();
            metrics.Relayed("accepted", TimeSpan.FromSeconds(1));
            metrics.RelayRefused("greeting");
            metrics.RelayTls("none", "plain");
            node.Services.GetRequiredService<NameRefusals>().Note("mail.example.com", System.Net.IPAddress.Loopback, "greeting", new SmtpReply(554, "", "no"));
            node.Services.GetRequiredService<AuthenticationMetrics>().Checked([new MethodResult("spf", "pass")], TimeSpan.FromSeconds(1));
            metrics.ExchangeSent(1, isBatch: true);
            metrics.ExchangeLag(TimeSpan.FromSeconds(1));
            metrics.GuardAnswered("pass");
            node.Services.GetRequiredService<ClusterStatus>().CountJudged(Basis.Marker);
            node.Services.GetRequiredService<ClusterStatus>().CountAnswer(isAnswered: true);
            node.Services.GetRequiredService<SpoolMetrics>().Tried(delivered: 1, failed: 0, deferred: 0, TimeSpan.FromSeconds(1));
            node.Services.GetRequiredService<SpoolMetrics>().Report("sent");
            node.Services.GetRequiredService<ContentMetrics>().Passed("inet:127.0.0.1:11332", TimeSpan.FromSeconds(1));
            listener.RecordObservableInstruments();
        }

        return found.Values.Select(metric => (metric.Instrument, metric.Attributes.Keys.Order(StringComparer.Ordinal).AsEnumerable()));

        void Watch<T>(MeterListener listener)
            where T : struct, INumber<T> => listener.SetMeasurementEventCallback<T>((instrument, _, tags, _) =>
            {
                foreach (var (name, _) in tags)
                {
                    found[instrument.Name].Attributes.TryAdd(name, true);
                }
            });
    }
}
