using System.Text.Json;
using Grpc.Core;

namespace ThrottleNet.Real.Tests.Grpc;

/// <summary>The official JavaScript client against our server. js/grpc/client.js holds the scenarios.</summary>
public sealed class TheirClientTests
{
    private const string Gzip = """{ "grpc.default_compression_algorithm": 2 }""";

    [NeedsTheory("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_unary_call_is_answered(bool compress)
    {
        await using var server = await EchoServer.StartAsync(compress);
        var seen = await RunAsync(server, "unary", compress ? Gzip : "{}");
        AssertCode(StatusCode.OK, seen);
        Assert.Equal("grüß 漢", seen.GetProperty("text").GetString());
        Assert.Equal(7, seen.GetProperty("count").GetInt32());
        Assert.Equal(70000, seen.GetProperty("size").GetInt32());
        Assert.Equal(compress ? "unary gzip" : "unary", await server.NextEventAsync());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_server_stream_is_read_to_its_end()
    {
        var seen = await RunAsync("serverStream");
        AssertCode(StatusCode.OK, seen);
        Assert.Equal([0, 1, 2, 3, 4], Counts(seen));
    }

    [NeedsTheory("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    [InlineData("{}")]
    [InlineData(Gzip)]
    public async Task A_client_stream_is_answered_once(string options)
    {
        await using var server = await EchoServer.StartAsync();
        var seen = await RunAsync(server, "clientStream", options);
        AssertCode(StatusCode.OK, seen);
        Assert.Equal("abc", seen.GetProperty("text").GetString());
        Assert.Equal(3, seen.GetProperty("count").GetInt32());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_duplex_call_answers_each_message_before_the_next_is_sent()
    {
        var seen = await RunAsync("duplex");
        AssertCode(StatusCode.OK, seen);
        Assert.Equal([1, 2, 3, 4, 5], Counts(seen));
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_stream_half_closed_at_once_has_no_messages()
    {
        var seen = await RunAsync("halfCloseAtOnce");
        AssertCode(StatusCode.OK, seen);
        Assert.Empty(Counts(seen));
        Assert.Equal(0, seen.GetProperty("empty").GetInt32());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_status_carries_its_message_in_any_script()
    {
        var seen = await RunAsync("status");
        AssertCode(StatusCode.FailedPrecondition, seen);
        Assert.Equal("pâté: 100 % ✓\n漢 😀", seen.GetProperty("details").GetString());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_status_follows_the_messages_before_it()
    {
        var seen = await RunAsync("statusAfterMessages");
        AssertCode(StatusCode.Aborted, seen);
        Assert.Equal([0, 1, 2], Counts(seen));
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_status_reaches_a_client_that_is_still_writing()
    {
        var seen = await RunAsync("statusWhileWriting");
        AssertCode(StatusCode.NotFound, seen);
        Assert.Equal("no such", seen.GetProperty("details").GetString());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_deadline_is_kept_by_the_server()
    {
        await using var server = await EchoServer.StartAsync();
        AssertCode(StatusCode.DeadlineExceeded, await RunAsync(server, "deadline"));
        Assert.Equal("unary", await server.NextEventAsync());
        Assert.Equal("waiting", await server.NextEventAsync());
        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_cancelled_call_ends_the_handler()
    {
        await using var server = await EchoServer.StartAsync();
        AssertCode(StatusCode.Cancelled, await RunAsync(server, "cancel"));
        Assert.Equal("cancelled", await server.NextEventAsync());
    }

    [NeedsTheory("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    [InlineData("oversizeRequest", "{}", StatusCode.ResourceExhausted)]
    [InlineData("oversizeRequest", Gzip, StatusCode.ResourceExhausted)]
    [InlineData("oversizeAnswer", "{}", StatusCode.ResourceExhausted)]
    [InlineData("largeAnswer", "{}", StatusCode.ResourceExhausted)] // 4 MiB of data and a few octets around it
    [InlineData("unknownMethod", "{}", StatusCode.Unimplemented)]
    public async Task A_call_that_is_not_served_gets_its_status(string scenario, string options, StatusCode code)
    {
        await using var server = await EchoServer.StartAsync();
        AssertCode(code, await RunAsync(server, scenario, options));
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task Metadata_beyond_the_limit_fails_its_call_and_no_other()
    {
        var seen = await RunAsync("hugeMetadata");
        Assert.NotEqual(0, seen.GetProperty("huge").GetInt32());
        Assert.Equal(0, seen.GetProperty("after").GetInt32());
    }

    [NeedsFact("node", "npm:@grpc/grpc-js", "npm:@grpc/proto-loader")]
    public async Task A_reader_that_pauses_delays_its_own_stream_only_and_loses_no_message()
    {
        await using var server = await EchoServer.StartAsync();
        await using var client = new ScriptProcess("client.js", server.Address.Authority, "slowReader");
        Assert.Equal("meanwhile", (await client.ReadAsync()).GetString());
        Assert.InRange(server.Streamed, 0, 250); // of 500 × 64 KiB: the windows hold far less
        await client.WriteLineAsync("go on");
        var seen = await client.ReadAsync();
        AssertCode(StatusCode.OK, seen);
        Assert.Equal(Enumerable.Range(0, 500), Counts(seen));
        Assert.Equal(500 * 65536, seen.GetProperty("octets").GetInt32());
    }

    private static async Task<JsonElement> RunAsync(string scenario)
    {
        await using var server = await EchoServer.StartAsync();
        return await RunAsync(server, scenario);
    }

    private static async Task<JsonElement> RunAsync(EchoServer server, string scenario, string options = "{}")
    {
        await using var client = new ScriptProcess("client.js", server.Address.Authority, scenario, options);
        return await client.ReadAsync();
    }

    private static void AssertCode(StatusCode code, JsonElement seen) =>
        Assert.True((int)code == seen.GetProperty("code").GetInt32(), $"{code} expected: {seen.GetRawText()}");

    private static int[] Counts(JsonElement seen) => [.. seen.GetProperty("counts").EnumerateArray().Select(c => c.GetInt32())];
}
