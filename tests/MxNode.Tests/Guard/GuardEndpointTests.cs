using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Postfix;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Postfix;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Guard;

/// <summary>The guard of a whole node, queried over its socket as Postfix does.</summary>
public sealed class GuardEndpointTests
{
    private const string Stranger = "192.0.2.7";

    [Fact]
    public async Task A_connection_carries_many_requests_and_each_has_its_answer()
    {
        await using var node = await StartAsync();
        using var postfix = await GuardNode.ConnectAsync(node.Host.Guard[0]);
        Assert.Equal("DUNNO", await postfix.AskAsync("198.51.100.9"));
        foreach (var mail in new[] { "a", "b", "b", "c" })
        {
            Assert.StartsWith("DEFER 4.7.1 ", await postfix.AskAsync(Stranger, mail), StringComparison.Ordinal);
        }

        Assert.StartsWith("421 4.7.1 ", await postfix.AskAsync(Stranger, "d"), StringComparison.Ordinal);
        var throttle = node.Services.GetRequiredService<NodeThrottle>();
        throttle.Register(IpBlock.Of(IPAddress.Parse(Stranger)), null, new Mailbox("ann", "example.test"));
        Assert.StartsWith("DEFER 4.7.1 throttle-mx.test limits how much mail", await postfix.AskAsync(Stranger, "e"), StringComparison.Ordinal);
        Assert.Equal((1, 1, 4, 1, 0), node.Services.GetRequiredService<GuardTally>().Report() switch { var r => (r.Passed, r.Seen, r.Courtesies, r.Refused, r.Unsure) });
        Assert.Contains(node.Log.Lines, e => e.Message == $"guard: block {Stranger}: refuse (Exhausted)");
    }

    [Fact]
    public async Task Requests_are_answered_however_they_are_split_into_packets()
    {
        await using var node = await StartAsync();
        using var postfix = await GuardNode.ConnectAsync(node.Host.Guard[0]);
        var request = "request=smtpd_access_policy\nclient_address=198.51.100.9\n\n";
        await postfix.SendAsync(request + request);
        Assert.Equal("action=DUNNO\n\n", await postfix.ReadAsync("\n\n"));
        Assert.Equal("action=DUNNO\n\n", await postfix.ReadAsync("\n\n"));
        foreach (var octet in request)
        {
            await postfix.SendAsync(octet.ToString());
        }

        Assert.Equal("action=DUNNO\n\n", await postfix.ReadAsync("\n\n"));
    }

    [Fact]
    public async Task A_client_that_ends_its_side_after_the_request_is_answered_first()
    {
        await using var node = await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            using var client = await GuardNode.ConnectAsync(node.Host.Guard[0]);
            await client.SendAsync("request=smtpd_access_policy\nclient_address=198.51.100.9\n\n");
            client.EndSending();
            Assert.Equal("action=DUNNO\n\n", await client.ReadAsync("\n\n"));
            Assert.Null(await client.ReadAsync("\n\n"));
        }
    }

    [Fact]
    public async Task By_HTTP_the_answers_are_the_same_and_counted_together()
    {
        await using var node = await StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{node.Host.GuardHttp[0]}/") };
        using var postfix = await GuardNode.ConnectAsync(node.Host.Guard[0]);
        Assert.Equal("""{"action":"accept","reason":"trusted","code":null,"status":null,"text":null}""", await http.GetStringAsync("check?address=198.51.100.9&mail=a"));
        Assert.StartsWith("""{"action":"defer","reason":"courtesy","code":450,"status":"4.7.1","text":"This domain""", await http.GetStringAsync($"check?address={Stranger}&mail=a"), StringComparison.Ordinal);
        Assert.StartsWith("DEFER 4.7.1 ", await postfix.AskAsync(Stranger, "b"), StringComparison.Ordinal);
        Assert.StartsWith("DEFER 4.7.1 ", await postfix.AskAsync(Stranger, "c"), StringComparison.Ordinal);
        Assert.StartsWith("""{"action":"close","reason":"exhausted","code":421""", await http.GetStringAsync($"check?address={Stranger}&mail=d"), StringComparison.Ordinal);

        Assert.Equal(
            """{"address":"198.51.100.9","block":"198.51.100.9","relay":false,"trusted":true,"seen":false,"inTrustedBlock":false,"minutesUntilFree":0}""",
            await http.GetStringAsync("sighting?address=198.51.100.9"));
    }

    [Theory]
    [InlineData("check", 400)]
    [InlineData("check?address=192.0.2.0/24", 400)]
    [InlineData("sighting?address=%00", 400)]
    [InlineData("sighting?address=1&address=2", 400)]
    [InlineData("api/status", 404)]
    [InlineData("", 404)]
    [InlineData("metrics", 404)]
    public async Task By_HTTP_what_is_no_question_is_refused_and_nothing_else_is_served(string path, int status)
    {
        await using var node = await StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://{node.Host.GuardHttp[0]}/") };
        using var response = await http.GetAsync(path);
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task The_dashboards_address_does_not_answer_for_the_guard()
    {
        await using var node = await GuardNode.StartAsync(c => c with
        {
            Guard = new() { HttpListen = [new(IPAddress.Loopback, 0)] },
            Admin = new() { Listen = new(IPAddress.Loopback, 0) },
        });
        using var http = new HttpClient { BaseAddress = new Uri($"http://{node.Host.Admin}/") };
        using var response = await http.GetAsync("check?address=192.0.2.1");
        Assert.Equal(404, (int)response.StatusCode);
        Assert.Contains("\"trusted\": false", await http.GetStringAsync("api/ask/192.0.2.1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_request_is_deferred_and_the_next_one_is_answered()
    {
        await using var node = await StartAsync();
        using var postfix = await GuardNode.ConnectAsync(node.Host.Guard[0]);
        await postfix.SendAsync("client_address=198.51.100.9\nnonsense\n\n");
        Assert.StartsWith("action=DEFER 4.3.0 ", await postfix.ReadAsync("\n\n"), StringComparison.Ordinal);
        Assert.Equal("DUNNO", await postfix.AskAsync("198.51.100.9"));
    }

    [Fact]
    public async Task A_request_without_end_is_deferred_and_the_connection_is_closed()
    {
        await using var node = await StartAsync();
        using var postfix = await GuardNode.ConnectAsync(node.Host.Guard[0]);
        await postfix.SendAsync(new string('x', PolicyRequest.MaxOctets));
        Assert.StartsWith("action=DEFER 4.3.0 ", await postfix.ReadAsync("\n\n"), StringComparison.Ordinal);
        Assert.Null(await postfix.ReadAsync("\n\n"));
    }

    [Fact]
    public async Task A_silent_connection_stays_open_longer_than_Postfix_needs_and_a_trickling_one_does_not()
    {
        var time = new FakeTimeProvider();
        await using var node = await StartAsync(time);
        using var idle = await GuardNode.ConnectAsync(node.Host.Guard[0]);
        Assert.Equal("DUNNO", await idle.AskAsync("198.51.100.9"));
        await time.UntilSetAsync(RequestHandler<int>.IdleTime);
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("DUNNO", await idle.AskAsync("198.51.100.9"));

        using var trickle = await GuardNode.ConnectAsync(node.Host.Guard[0]);
        await trickle.SendAsync("request=smtpd_access_policy\nclient_address=198.51.100.9\n\nrequest=");
        Assert.Equal("action=DUNNO\n\n", await trickle.ReadAsync("\n\n"));
        await time.UntilSetAsync(RequestHandler<int>.RequestTime);
        time.Advance(RequestHandler<int>.RequestTime);
        Assert.Null(await trickle.ReadAsync("\n\n"));
        Assert.Equal("DUNNO", await idle.AskAsync("198.51.100.9"));
        await time.UntilSetAsync(RequestHandler<int>.IdleTime);
        time.Advance(RequestHandler<int>.IdleTime);
        Assert.Null(await idle.ReadAsync("\n\n"));
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_idle_connections()
    {
        await using var node = await StartAsync();
        using var postfix = await GuardNode.ConnectAsync(node.Host.Guard[0]);
        Assert.Equal("DUNNO", await postfix.AskAsync("198.51.100.9"));
        await node.Host.StopAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Null(await postfix.ReadAsync("\n\n"));
    }

    private static Task<GuardNode> StartAsync(TimeProvider? time = null) => GuardNode.StartAsync(
        c => c with
        {
            Guard = new() { Listen = [new(IPAddress.Loopback, 0)], HttpListen = [new(IPAddress.Loopback, 0)], CourtesyInterval = TimeSpan.Zero },
            Trust = new() { Entries = ["198.51.100.0/24"] },
        },
        time);
}
