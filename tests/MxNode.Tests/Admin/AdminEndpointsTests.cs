using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Tests.Inbound;

namespace ThrottleNet.MxNode.Tests.Admin;

/// <summary>Health, the dashboard, and the API behind the commands.</summary>
public sealed class AdminEndpointsTests
{
    [Fact]
    public async Task Health_and_dashboard_are_there()
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        Assert.Equal("alive\n", await http.GetStringAsync("healthz"));
        Assert.Equal("serving\n", await http.GetStringAsync("readyz"));
        using var page = await http.GetAsync("");
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        using var missing = await http.GetAsync("no-such-page");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task Prometheus_reads_the_nodes_metrics_the_runtimes_and_Kestrels()
    {
        await using var rig = await StartAsync();
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        await rig.SessionsAsync();
        using var http = Http(rig);
        var text = await http.GetStringAsync("metrics");
        Assert.Matches(@"(?m)^throttlenet_recipients_total\{[^}]*reason=""PersonRate""[^}]*verdict=""forward""[^}]*\} [1-9]", text);
        Assert.Matches(@"(?m)^throttlenet_relay_duration_seconds_bucket\{[^}]*le=""300""[^}]*\} [1-9]", text);
        Assert.Contains("dotnet_process_memory_working_set", text, StringComparison.Ordinal);
        Assert.Contains("kestrel_active_connections", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost.evil.example:8025", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost:8025", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]:8025", HttpStatusCode.OK)]
    [InlineData("A.node.test", HttpStatusCode.OK)]
    public async Task A_name_that_is_not_the_nodes_reads_nothing(string host, HttpStatusCode expected)
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        foreach (var path in new[] { "", "healthz", "api/status" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = host } };
            using var answer = await http.SendAsync(request);
            Assert.Equal(expected, answer.StatusCode);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Contains("frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Ready_turns_503_at_the_first_moment_of_a_drain_and_the_listeners_stay_open_for_the_delay()
    {
        await using var rig = await StartAsync(drainDelay: TimeSpan.FromSeconds(20));
        using var http = Http(rig);
        var stopped = rig.StopAsync();
        await Eventually.HoldsAsync("the drain to begin", async () =>
        {
            using var answer = await http.GetAsync("readyz");
            return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
        });
        Assert.False(stopped.IsCompleted);
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        await Eventually.HoldsAsync("the node to stop", () =>
        {
            rig.Clock.Advance(TimeSpan.FromSeconds(20));
            return stopped.IsCompleted;
        });
        await stopped;
        await Assert.ThrowsAnyAsync<Exception>(() => rig.ConnectAsync());
    }

    [Fact]
    public async Task Status_shows_the_nodes_name_and_its_counters()
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        var status = await http.GetFromJsonAsync("api/status", AdminJson.Default.StatusReport);
        Assert.Equal(("test", "a.node.test", 1), (status!.Name, status.HostName, status.Connections));
        Assert.True(status.LedgerRows >= 3, $"{status.LedgerRows} rows");
        Assert.Equal(rig.Clock.GetUtcNow(), status.Started);
    }

    [Fact]
    public async Task Block_shows_an_addresss_counts_its_verdict_and_whether_it_is_trusted()
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        await (await rig.ConnectAsync("127.0.0.3")).EnvelopeAsync();
        var block = await http.GetFromJsonAsync("api/block/127.0.0.3", AdminJson.Default.AddressReport);
        Assert.Equal(("Forward", "PersonRate", null), (block!.Verdict, block.Reason, block.Trusted));
        Assert.Equal(rig.Clock.GetUtcNow(), block.FirstSeen!.Value, TimeSpan.FromMinutes(2));
        Assert.Equal(2, block.Levels[0].OwnPerHour, 0.01);
        Assert.Equal(["127.0.0.0/24", "127.0.0.0/16"], block.Areas.Select(a => a.Block));
        Assert.Equal(2, block.Areas[0].NewcomersPerHour, 0.01);
        Assert.Equal((false, 1), (block.Standing, block.Chance));
        Assert.Equal((1, 1, 0, 0), (block.Counted!.LastHour, block.Counted.LastDay, block.Counted.Reported, block.Counted.MinutesUntilFree));
        Assert.Equal(block.LimitPerHour, block.Counted.HourLimit);
        Assert.Equal(block.LimitPerHour / 2, block.Counted.AtOnce);
        Assert.Equal(block.Counted.AtOnce - 1, block.Counted.Left);
        var trusted = await http.GetFromJsonAsync("api/block/127.0.0.9", AdminJson.Default.AddressReport);
        Assert.Equal(("Forward", "Trusted", "127.0.0.9/32"), (trusted!.Verdict, trusted.Reason, trusted.Trusted));
        Assert.NotNull(await http.GetFromJsonAsync("api/block/2001:db8::7", AdminJson.Default.AddressReport));
        using var bad = await http.GetAsync("api/block/nonsense");
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Contains("nonsense is not an address or a network", await bad.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Block_shows_a_networks_counts_and_no_verdict()
    {
        await using var rig = await StartAsync();
        using var http = Http(rig);
        await (await rig.ConnectAsync("127.0.0.3")).EnvelopeAsync();
        foreach (var path in new[] { "127.0.0.0/24", "127.0.0.0%2F24" })
        {
            var site = await http.GetFromJsonAsync($"api/block/{path}", AdminJson.Default.AddressReport);
            Assert.Equal(("127.0.0.0/24", null, null), (site!.Address, site.Verdict, site.Trusted));
            Assert.Null(site.Counted);
            Assert.Equal(["127.0.0.0/24", "127.0.0.0/16"], site.Areas.Select(a => a.Block));
            Assert.Equal(2, site.Areas[0].NewcomersPerHour, 0.01);
            Assert.Equal(2 / site.LimitPerHour, site.Load, 0.01);
        }

        using var other = await http.GetAsync("api/block/127.0.0.0/20");
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
        Assert.Equal("127.0.0.0/20 is not counted as one block; ask about 127.0.0.0/16, which has it inside\n", await other.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task With_a_token_the_api_is_closed_to_others_and_health_is_not()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "token");
        await File.WriteAllTextAsync(file, "s3cret\n");
        await using var rig = await StartAsync(file);
        using var http = Http(rig);
        Assert.Equal("alive\n", await http.GetStringAsync("healthz"));
        foreach (var (header, status) in new (string?, HttpStatusCode)[]
        {
            (null, HttpStatusCode.Unauthorized), ("Bearer", HttpStatusCode.Unauthorized), ("Bearer s3cre", HttpStatusCode.Unauthorized),
            ("Bearer s3cret2", HttpStatusCode.Unauthorized), ("Basic s3cret", HttpStatusCode.Unauthorized), ("Bearer s3cret", HttpStatusCode.OK),
        })
        {
            http.DefaultRequestHeaders.Authorization = header is null ? null : AuthenticationHeaderValue.Parse(header);
            using var answer = await http.GetAsync("api/status");
            Assert.Equal(status, answer.StatusCode);
        }
    }

    private static Task<InboundRig> StartAsync(string? tokenFile = null, TimeSpan drainDelay = default) => InboundRig.StartAsync(c => c with
    {
        Node = c.Node with { DrainDelay = drainDelay },
        Admin = new() { Listen = new(IPAddress.Loopback, 0), TokenFile = tokenFile },
        Trust = c.Trust with { Entries = ["127.0.0.9"] },
    });

    private static HttpClient Http(InboundRig rig) => new() { BaseAddress = new Uri($"http://{rig.Node.Admin}/"), Timeout = TimeSpan.FromSeconds(60) };
}
