using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Postfix;
using ThrottleNet.Protocol.Postfix;

namespace ThrottleNet.MxNode.Tests.Guard;

/// <summary>The guard of a whole node, queried over its socket as Postfix does.</summary>
public sealed class GuardDoorTests
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
        var ledger = node.Services.GetRequiredService<Ledger>();
        ledger.AddOwn(IpBlock.Of(IPAddress.Parse(Stranger)), 1, ledger.Now);
        Assert.StartsWith("DEFER 4.7.1 The network is slowing", await postfix.AskAsync(Stranger, "e"), StringComparison.Ordinal);
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
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("DUNNO", await idle.AskAsync("198.51.100.9"));

        using var trickle = await GuardNode.ConnectAsync(node.Host.Guard[0]);
        await trickle.SendAsync("request=smtpd_access_policy\nclient_address=198.51.100.9\n\nrequest=");
        Assert.Equal("action=DUNNO\n\n", await trickle.ReadAsync("\n\n"));
        time.Advance(RequestHandler<int>.RequestTime);
        Assert.Null(await trickle.ReadAsync("\n\n"));
        Assert.Equal("DUNNO", await idle.AskAsync("198.51.100.9"));
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
            Guard = new() { Listen = [new(IPAddress.Loopback, 0)] },
            Trust = new() { Entries = ["198.51.100.0/24"] },
        },
        time);
}
