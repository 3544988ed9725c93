using System.Text.Json;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>The official JavaScript client against our server. What each scenario does stands in js/grpc/client.js.</summary>
public sealed class TheirClientTests
{
    private const string Gzip = """{ "grpc.default_compression_algorithm": 2 }""";

    [NeedsTheory("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_unary_call_is_answered(bool compress)
    {
        await using var server = await EchoServer.StartAsync(new GrpcOptions { Compress = compress });
        var seen = await RunAsync(server, "unary", compress ? Gzip : "{}");
        AssertCode(GrpcStatusCode.Ok, seen);
        Assert.Equal("grüß 漢", seen.GetProperty("text").GetString());
        Assert.Equal(7, seen.GetProperty("count").GetInt32());
        Assert.Equal(70000, seen.GetProperty("size").GetInt32());
        Assert.Equal(compress ? "unary gzip" : "unary", await server.NextEventAsync());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_server_stream_is_read_to_its_end()
    {
        var seen = await RunAsync("serverStream");
        AssertCode(GrpcStatusCode.Ok, seen);
        Assert.Equal([0, 1, 2, 3, 4], Counts(seen));
    }

    [NeedsTheory("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    [InlineData("{}")]
    [InlineData(Gzip)]
    public async Task A_client_stream_is_answered_once(string options)
    {
        await using var server = await EchoServer.StartAsync();
        var seen = await RunAsync(server, "clientStream", options);
        AssertCode(GrpcStatusCode.Ok, seen);
        Assert.Equal("abc", seen.GetProperty("text").GetString());
        Assert.Equal(3, seen.GetProperty("count").GetInt32());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_duplex_call_answers_each_message_before_the_next_is_sent()
    {
        var seen = await RunAsync("duplex");
        AssertCode(GrpcStatusCode.Ok, seen);
        Assert.Equal([1, 2, 3, 4, 5], Counts(seen));
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_stream_half_closed_at_once_has_no_messages()
    {
        var seen = await RunAsync("halfCloseAtOnce");
        AssertCode(GrpcStatusCode.Ok, seen);
        Assert.Empty(Counts(seen));
        Assert.Equal(0, seen.GetProperty("empty").GetInt32());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_status_carries_its_message_in_any_script()
    {
        var seen = await RunAsync("status");
        AssertCode(GrpcStatusCode.FailedPrecondition, seen);
        Assert.Equal("pâté: 100 % ✓\n漢 😀", seen.GetProperty("details").GetString());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_status_follows_the_messages_before_it()
    {
        var seen = await RunAsync("statusAfterMessages");
        AssertCode(GrpcStatusCode.Aborted, seen);
        Assert.Equal([0, 1, 2], Counts(seen));
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_status_reaches_a_client_that_is_still_writing()
    {
        var seen = await RunAsync("statusWhileWriting");
        AssertCode(GrpcStatusCode.NotFound, seen);
        Assert.Equal("no such", seen.GetProperty("details").GetString());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_deadline_is_kept_by_the_server()
    {
        var time = new FakeTimeProvider();
        await using var server = await EchoServer.StartAsync(time: time);
        var running = RunAsync(server, "deadline");
        Assert.Equal("unary", await server.NextEventAsync());
        Assert.Equal("waiting", await server.NextEventAsync());
        time.Advance(TimeSpan.FromHours(1));
        AssertCode(GrpcStatusCode.DeadlineExceeded, await running);
        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_cancelled_call_ends_the_handler()
    {
        await using var server = await EchoServer.StartAsync();
        AssertCode(GrpcStatusCode.Cancelled, await RunAsync(server, "cancel"));
        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [NeedsTheory("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    [InlineData("oversizeRequest", "{}", GrpcStatusCode.ResourceExhausted)]
    [InlineData("oversizeRequest", Gzip, GrpcStatusCode.ResourceExhausted)]
    [InlineData("oversizeAnswer", "{}", GrpcStatusCode.ResourceExhausted)]
    [InlineData("largeAnswer", "{}", GrpcStatusCode.ResourceExhausted)] // 4 MiB of data and a few octets around it
    [InlineData("unknownMethod", "{}", GrpcStatusCode.Unimplemented)]
    public async Task What_is_not_served_is_refused_with_its_status(string scenario, string options, GrpcStatusCode code)
    {
        await using var server = await EchoServer.StartAsync();
        AssertCode(code, await RunAsync(server, scenario, options));
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task Metadata_travels_in_headers_and_trailers()
    {
        var seen = await RunAsync("metadata");
        AssertCode(GrpcStatusCode.Ok, seen);
        Assert.Equal("""{"x-echo":6000,"x-echo-bin":"00ff0a0d"}""", seen.GetProperty("headers").GetRawText());
        Assert.Equal("""{"x-trailer":6000,"x-trailer-bin":"00ff0a0d"}""", seen.GetProperty("trailers").GetRawText());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task Metadata_beyond_the_limit_fails_its_call_and_no_other()
    {
        var seen = await RunAsync("hugeMetadata");
        Assert.NotEqual(0, seen.GetProperty("huge").GetInt32());
        Assert.Equal(0, seen.GetProperty("after").GetInt32());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_reader_that_stands_still_holds_up_its_stream_alone_and_loses_nothing()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = new NodeProcess("client.js", server.Address.Authority, "slowReader");
        Assert.Equal("meanwhile", (await client.ReadAsync()).GetString());
        Assert.InRange(server.Streamed, 0, 250); // of 500 × 64 KiB: the windows hold far less
        await client.WriteLineAsync("go on");
        var seen = await client.ReadAsync();
        AssertCode(GrpcStatusCode.Ok, seen);
        Assert.Equal(Enumerable.Range(0, 500), Counts(seen));
        Assert.Equal(500 * 65536, seen.GetProperty("octets").GetInt32());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_server_that_shuts_down_ends_its_streams_with_unavailable()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = new NodeProcess("client.js", server.Address.Authority, "streamUntilStopped");
        Assert.Equal("streaming", (await client.ReadAsync()).GetString());
        await server.StopAsync().WaitAsync(Patience.Long);
        var seen = await client.ReadAsync();
        AssertCode(GrpcStatusCode.Unavailable, seen);
        Assert.Equal("the server is shutting down", seen.GetProperty("details").GetString());
    }

    private static async Task<JsonElement> RunAsync(string scenario)
    {
        await using var server = await EchoServer.StartAsync();
        return await RunAsync(server, scenario);
    }

    private static async Task<JsonElement> RunAsync(EchoServer server, string scenario, string options = "{}")
    {
        await using var client = new NodeProcess("client.js", server.Address.Authority, scenario, options);
        return await client.ReadAsync();
    }

    private static void AssertCode(GrpcStatusCode code, JsonElement seen) =>
        Assert.True((int)code == seen.GetProperty("code").GetInt32(), $"{code} expected: {seen.GetRawText()}");

    private static int[] Counts(JsonElement seen) => [.. seen.GetProperty("counts").EnumerateArray().Select(c => c.GetInt32())];
}
