using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Tests.Inbound;
using ThrottleNet.Protocol.Admin;

namespace ThrottleNet.MxNode.Tests.Admin;

/// <summary>The API's description, the trusted list in it, and the same API by gRPC.</summary>
public sealed class AdminApiTests : IDisposable
{
    private const string Token = "a token of thirty-two characters!";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_description_has_every_path_with_its_answer()
    {
        await using var rig = await StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{rig.Node.Admin}/") };
        using var description = JsonDocument.Parse(await http.GetStringAsync("api/openapi.json"));
        Assert.StartsWith("3.", description.RootElement.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var operations = description.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => (Name: $"{method.Name} {path.Name}", Operation: method.Value)))
            .ToDictionary(o => o.Name, o => o.Operation);
        foreach (var name in new[] { "get /api/status", "get /api/block/{block}", "post /api/unblock/{address}", "get /api/peers", "get /api/trust", "post /api/trust", "get /api/trust/{subject}", "get /api/trust/log", "get /api/trust/verify", "get /api/ask/{address}", "get /api/queue", "get /api/queue/{id}", "post /api/queue/{subject}/{action}" })
        {
            var operation = operations[name];
            Assert.False(string.IsNullOrEmpty(operation.GetProperty("summary").GetString()));
            Assert.True(operation.GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").TryGetProperty("schema", out _), name);
        }

        var export = operations["get /api/trust/export/{format}"];
        Assert.True(export.GetProperty("responses").GetProperty("200").GetProperty("content").TryGetProperty("text/plain", out _));
        Assert.All(operations.Keys, name => Assert.Contains(" /api/", name, StringComparison.Ordinal));
        var status = description.RootElement.GetProperty("components").GetProperty("schemas").GetProperty(nameof(StatusReport)).GetProperty("properties");
        Assert.True(status.TryGetProperty("ledgerRows", out _)); // named as in the answers
    }

    [Fact]
    public async Task The_trusted_list_can_be_read_and_a_text_that_is_no_subject_is_refused()
    {
        await using var rig = await StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{rig.Node.Admin}/") };
        Assert.Empty((await http.GetFromJsonAsync("api/trust", AdminJson.Default.TrustListReport))!.Rows);
        Assert.False((await http.GetFromJsonAsync("api/trust/192.0.2.0%2F24", AdminJson.Default.TrustSubjectReport))!.IsTrusted);
        using var bad = await http.GetAsync("api/trust/192.0.2.1%2F24");
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    [Fact]
    public async Task The_same_answers_come_by_gRPC()
    {
        await using var rig = await StartAsync();
        await (await rig.ConnectAsync("127.0.0.3")).EnvelopeAsync();
        using var channel = GrpcChannel.ForAddress($"http://{rig.Node.AdminGrpc}");
        var client = new Protocol.Admin.Admin.AdminClient(channel);
        var status = await client.GetStatusAsync(new GetStatusRequest());
        Assert.Equal(("test", "a.node.test", 1), (status.Name, status.HostName, status.Connections));
        Assert.Equal(rig.Node.Smtp[0].ToString(), Assert.Single(status.Smtp));
        var block = await client.GetBlockAsync(new GetBlockRequest { Block = "127.0.0.3" });
        Assert.Equal(("Forward", "PersonRate", 1u, 1u, 0u), (block.Verdict, block.Reason, block.LastHour, block.LastDay, block.MinutesUntilFree));
        Assert.Equal("", (await client.ListPeersAsync(new ListPeersRequest())).Network);
        Assert.Empty((await client.ListTrustAsync(new ListTrustRequest { Search = "x" })).Rows);
        Assert.Equal(StatusCode.InvalidArgument, await CodeAsync(client.GetBlockAsync(new GetBlockRequest { Block = "nonsense" })));
        Assert.Equal(StatusCode.FailedPrecondition, await CodeAsync(client.ListQueueAsync(new ListQueueRequest())));
        Assert.Equal(StatusCode.InvalidArgument, await CodeAsync(client.ChangeQueueAsync(new ChangeQueueRequest { Subject = "example.com" })));
    }

    [Fact]
    public async Task A_host_that_is_deferred_is_let_in_again_by_each_way()
    {
        var limits = new Counting.BlockLimits { Soft = 1, Hard = 2, Day = 24 };
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Admin = new() { Listen = new(IPAddress.Loopback, 0), GrpcListen = new(IPAddress.Loopback, 0) },
            Throttle = c.Throttle with { Host = limits, MaxDelay = TimeSpan.Zero },
        });
        using var http = new HttpClient { BaseAddress = new Uri($"http://{rig.Node.Admin}/") };
        using var channel = GrpcChannel.ForAddress($"http://{rig.Node.AdminGrpc}");
        await ExhaustAsync(rig);
        Assert.Equal(0, await ExhaustAsync(rig));
        using var without = await http.PostAsync("api/unblock/127.0.0.7", null);
        Assert.Equal(HttpStatusCode.Forbidden, without.StatusCode); // a page of another site cannot set the header
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/unblock/127.0.0.7") { Headers = { { AdminSecurity.CommandHeader, "1" } } };
        using var answer = await http.SendAsync(request);
        Assert.Equal(new UnblockReport("127.0.0.7", WasDropped: false, WasRefused: false), await answer.Content.ReadFromJsonAsync(AdminJson.Default.UnblockReport));
        Assert.True(await ExhaustAsync(rig) > 0);
        Assert.Equal("127.0.0.7", (await new Protocol.Admin.Admin.AdminClient(channel).UnblockAsync(new UnblockRequest { Address = "127.0.0.7" })).Block);
        Assert.True(await ExhaustAsync(rig) > 0);
        Assert.Equal(StatusCode.InvalidArgument, await CodeAsync(new Protocol.Admin.Admin.AdminClient(channel).UnblockAsync(new UnblockRequest { Address = "127.0.0.0/24" })));
    }

    // Recipients of a host that pass until one is deferred.
    private static async Task<int> ExhaustAsync(InboundRig rig)
    {
        await using var client = await RawClient.ConnectAsync(rig.Node.Smtp[0], "127.0.0.7");
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250");
        for (var passed = 0; ; passed++)
        {
            if (await client.AskAsync($"RCPT TO:<r{Guid.NewGuid():N}@example.com>") is { } reply && !reply.StartsWith("250", StringComparison.Ordinal))
            {
                Assert.StartsWith("45", reply, StringComparison.Ordinal);
                return passed;
            }
        }
    }

    [Fact]
    public async Task With_a_token_calls_need_it_and_another_hosts_name_is_refused()
    {
        var file = _folder.File("token");
        await File.WriteAllTextAsync(file, Token);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var rig = await StartAsync(file);
        using var channel = GrpcChannel.ForAddress($"http://{rig.Node.AdminGrpc}");
        var client = new Protocol.Admin.Admin.AdminClient(channel);
        Assert.Equal(StatusCode.Unauthenticated, await CodeAsync(client.GetStatusAsync(new GetStatusRequest())));
        Assert.Equal(StatusCode.Unauthenticated, await CodeAsync(client.GetStatusAsync(new GetStatusRequest(), Bearer("another token of the same length!"))));
        Assert.Equal("test", (await client.GetStatusAsync(new GetStatusRequest(), Bearer(Token))).Name);
        using var named = GrpcChannel.ForAddress($"http://{rig.Node.AdminGrpc}", new GrpcChannelOptions { HttpHandler = new OtherHost("evil.example") });
        Assert.NotEqual(StatusCode.OK, await CodeAsync(new Protocol.Admin.Admin.AdminClient(named).GetStatusAsync(new GetStatusRequest(), Bearer(Token))));
    }

    private static Metadata Bearer(string token) => new() { { "authorization", $"Bearer {token}" } };

    private static async Task<StatusCode> CodeAsync<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            await call;
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private static Task<InboundRig> StartAsync(string? tokenFile = null) => InboundRig.StartAsync(c => c with
    {
        Admin = new() { Listen = new(IPAddress.Loopback, 0), GrpcListen = new(IPAddress.Loopback, 0), TokenFile = tokenFile },
    });

    private sealed class OtherHost(string host) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Host = host;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
