using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Operation;

/// <summary>The alerts of packaging/prometheus, and a Prometheus that reads a node's metrics.</summary>
public sealed class PrometheusTests
{
    private static readonly string Alerts = Path.GetFullPath(Path.Combine(Needs.ScriptFolder, "..", "..", "..", "packaging", "prometheus", "alerts.yml"));

    [NeedsFact("promtool")]
    public async Task Every_alert_fires_when_it_should_and_not_otherwise()
    {
        (await Tool.RunAsync("promtool", "check", "rules", Alerts)).Expect(0);
        var tests = Path.Combine(Path.GetDirectoryName(Alerts)!, "alerts.test.yml");
        (await Tool.RunAsync("promtool", "test", "rules", tests)).Expect(0);
        var tested = await File.ReadAllTextAsync(tests);
        var alerts = File.ReadLines(Alerts).Where(l => l.Contains("- alert: ", StringComparison.Ordinal)).Select(l => l.Split(": ")[1]).ToList();
        Assert.NotEmpty(alerts);
        Assert.All(alerts, name => Assert.InRange(tested.Split($"alertname: {name}\n").Length, 3, int.MaxValue)); // a test in which it fires, one in which it does not
    }

    [NeedsFact("prometheus")]
    public async Task Prometheus_reads_the_metrics_of_a_node_and_evaluates_the_alerts()
    {
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder);
        await using (var client = await RawClient.ConnectAsync(node.Smtp))
        {
            await client.TalkAsync("<220", ">QUIT", "<221");
        }

        var port = Ports.Free();
        var configuration = folder.Write("prometheus.yml", $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: [ "{{Alerts}}" ]
            scrape_configs:
              - job_name: throttlenet
                static_configs: [ { targets: [ "{{node.Admin.Authority}}" ] } ]
            """);
        await using var prometheus = Tool.Start(
            "prometheus", [$"--config.file={configuration}", $"--storage.tsdb.path={folder.File("tsdb")}", $"--web.listen-address=127.0.0.1:{port}"]);
        await prometheus.OpenAsync(new IPEndPoint(IPAddress.Loopback, port));
        using var api = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/") };

        await Eventually.HoldsAsync("the session to be counted", async () => await ValueAsync(api, "throttlenet_sessions_total{outcome=\"quit\"}") is "1");
        Assert.Equal("1", await ValueAsync(api, "up{job=\"throttlenet\"}"));
        List<JsonElement> rules = [];
        await Eventually.HoldsAsync("every alert to be evaluated", async () =>
        {
            rules = [.. (await GetAsync(api, "rules")).GetProperty("groups")[0].GetProperty("rules").EnumerateArray()];
            return rules.Count > 0 && rules.All(r => r.GetProperty("health").GetString() == "ok");
        });
        Assert.All(rules, r => Assert.Equal("inactive", r.GetProperty("state").GetString()));
        await node.StopAsync();
    }

    private static async Task<string?> ValueAsync(HttpClient api, string query)
    {
        var found = (await GetAsync(api, $"query?query={Uri.EscapeDataString(query)}")).GetProperty("result");
        return found.GetArrayLength() == 0 ? null : found[0].GetProperty("value")[1].GetString();
    }

    private static async Task<JsonElement> GetAsync(HttpClient api, string path)
    {
        try
        {
            return JsonElement.Parse(await api.GetStringAsync(new Uri(path, UriKind.Relative))).GetProperty("data");
        }
        catch (HttpRequestException e) when (e.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            return JsonElement.Parse("""{ "result": [], "groups": [ { "rules": [] } ] }"""); // it still starts
        }
    }
}
