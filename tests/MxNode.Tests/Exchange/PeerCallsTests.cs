using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Exchange;
using ThrottleNet.Protocol.Trust.Wire;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>The services on the exchange's endpoint other than links.</summary>
public sealed class PeerCallsTests : ExchangeTests
{
    [Fact]
    public async Task The_health_service_says_whether_the_node_is_ready()
    {
        await using var ready = await StartAsync("a");
        await using var seeking = await StartAsync("b", "127.0.0.1:1");
        await Eventually.HoldsAsync("the node to be ready", async () => await HealthAsync(ready, "") == HealthCheckResponse.Types.ServingStatus.Serving);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await HealthAsync(ready, "throttlenet.v1.Exchange"));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await HealthAsync(seeking, ""));
        var unknown = await Assert.ThrowsAsync<RpcException>(() => HealthAsync(ready, "nobody"));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
        Assert.DoesNotContain(ready.Log.Lines.Concat(seeking.Log.Lines), l => l.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Without_a_certificate_of_the_network_the_health_service_answers_nothing()
    {
        using var strangers = new TestPki();
        await using var node = await StartAsync("a");
        using var channel = Connect(node, strangers.Issue("g", "operator-g"));
        await Assert.ThrowsAsync<RpcException>(() => new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest()).ResponseAsync.WaitAsync(ExchangeNode.Patience));
    }

    [Fact]
    public async Task Reflection_describes_the_services_where_it_is_switched_on_and_is_unknown_elsewhere()
    {
        await using var closed = await StartAsync("a");
        await using var open = await ExchangeNode.StartAsync(
            Pki, "b", "operator-b", Data("b"), [], c => c with { Exchange = c.Exchange with { Reflection = true } });
        var refused = await Assert.ThrowsAsync<RpcException>(() => ServicesAsync(closed));
        Assert.Equal(StatusCode.Unimplemented, refused.StatusCode);
        var services = await ServicesAsync(open);
        Assert.Superset(new HashSet<string> { "throttlenet.v1.Exchange", "throttlenet.v1.TrustFeed", "throttlenet.v1.Sightings", "grpc.health.v1.Health" }, services);
    }

    [Fact]
    public async Task A_node_that_stops_ends_the_calls_of_its_feed()
    {
        await using var node = await StartAsync("a");
        using var channel = Connect(node, Pki.Issue("g", "operator-g"));
        using var call = new TrustFeed.TrustFeedClient(channel).Sync();
        Assert.NotNull(await call.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience));
        var stopping = node.StopAsync();
        var end = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience));
        Assert.True(end.StatusCode == StatusCode.Unavailable || end.Status.Detail.Contains("NO_ERROR", StringComparison.Ordinal), end.ToString()); // an orderly end
        await stopping.WaitAsync(ExchangeNode.Patience);
        Assert.DoesNotContain(node.Log.Lines, l => l.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task The_exchanges_endpoint_serves_calls_only_and_no_other_endpoint_serves_them()
    {
        await using var node = await ExchangeNode.StartAsync(
            Pki, "a", "operator-a", Data("a"), [], c => c with { Admin = new() { Listen = new(IPAddress.Loopback, 0) } });
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"http://{node.Dashboard}/readyz"))).StatusCode);
        foreach (var path in new[] { "/throttlenet.v1.Exchange/Link", "/grpc.health.v1.Health/Check", "/THROTTLENET.V1.exchange/link" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync(new Uri($"http://{node.Dashboard}{path}"), null)).StatusCode);
        }

        using var identity = Load(Pki.Issue("g", "operator-g"));
        using var peer = new HttpMessageInvoker(PuppetLink.Handler(identity));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://{node.Address}/readyz")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal(HttpStatusCode.NotFound, (await peer.SendAsync(request, CancellationToken.None)).StatusCode);
        using var old = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://{node.Address}/readyz")) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await Assert.ThrowsAsync<HttpRequestException>(() => peer.SendAsync(old, CancellationToken.None)); // HTTP/2 only
    }

    private static X509Certificate2 Load((string Certificate, string Key) files) => X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);

    private static GrpcChannel Connect(ExchangeNode node, (string Certificate, string Key) files) =>
        PeerTransport.CreateChannel(new Uri($"https://{node.Address}"), PuppetLink.Handler(Load(files)), ExchangeLimits.FrameSize);

    private async Task<HealthCheckResponse.Types.ServingStatus> HealthAsync(ExchangeNode node, string service)
    {
        using var channel = Connect(node, Pki.Issue("g", "operator-g", guard: true));
        var answer = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = service }).ResponseAsync.WaitAsync(ExchangeNode.Patience);
        return answer.Status;
    }

    private async Task<HashSet<string>> ServicesAsync(ExchangeNode node)
    {
        using var channel = Connect(node, Pki.Issue("g", "operator-g", guard: true));
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        var answer = await call.ResponseStream.NextAsync().AsTask().WaitAsync(ExchangeNode.Patience);
        return [.. answer!.ListServicesResponse.Service.Select(s => s.Name)];
    }
}
