using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Connections that are refused before the greeting.</summary>
public sealed class ConnectionLimitTests
{
    private static readonly ThrottleOptions Limits = new() { Hold = TimeSpan.Zero, MaxDelay = TimeSpan.Zero, MaxEnvelopes = 1024, MaxRows = 10_000 };

    [Fact]
    public async Task Too_many_connections_from_a_block_are_421_and_closed()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxConnectionsPerBlock = 2 } });
        var first = await rig.ConnectAsync();
        var second = await rig.ConnectAsync();
        await first.TalkAsync("<220");
        await second.TalkAsync("<220");
        var third = await rig.ConnectAsync();
        await third.TalkAsync("<421 4.3.2");
        await third.ExpectEndAsync();
        Assert.Contains("refused: defer (TooManyConnectionsFromBlock)", (await rig.SessionsAsync())[0], StringComparison.Ordinal);

        var other = await rig.ConnectAsync("127.0.0.2");
        await other.TalkAsync("<220");
        await first.TalkAsync(">QUIT", "<221");
        await rig.SessionsAsync(2);
        var again = await rig.ConnectAsync();
        await again.TalkAsync("<220");
    }

    [Fact]
    public async Task Trusted_hosts_have_no_limit_of_connections_per_block()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxConnectionsPerBlock = 1 }, Trust = c.Trust with { Entries = ["127.0.0.9"] } });
        for (var i = 0; i < 3; i++)
        {
            await (await rig.ConnectAsync("127.0.0.9")).TalkAsync("<220");
        }
    }

    [Fact]
    public async Task Too_many_connections_in_all_are_421_and_closed()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxConnections = 2 } });
        await (await rig.ConnectAsync("127.0.0.1")).TalkAsync("<220");
        await (await rig.ConnectAsync("127.0.0.2")).TalkAsync("<220");
        var third = await rig.ConnectAsync("127.0.0.3");
        await third.TalkAsync("<421 4.3.2");
        await third.ExpectEndAsync();
        Assert.Contains("(TooManyConnections)", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_of_a_client_without_a_place_is_not_looked_up()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxConnections = 1, ProxyFrom = [IPNetwork.Parse("127.0.0.0/8")] } });
        var asked = new ConcurrentQueue<string>();
        var nothing = new StaticZone("");
        rig.Resolve = query =>
        {
            asked.Enqueue(query.Questions[0].Name);
            return nothing.Answer(query);
        };
        var first = await ComeAsync("192.0.2.1");
        await first.TalkAsync("<220");
        var refused = await ComeAsync("198.51.100.1");
        await refused.TalkAsync("<421 4.3.2");
        await first.TalkAsync(">QUIT", "<221");
        await rig.SessionsAsync(2);
        var last = await ComeAsync("203.0.113.1");
        await last.TalkAsync("<220");
        await Eventually.HoldsAsync("the look-up of the last client's name", () => asked.Contains("1.113.0.203.in-addr.arpa", StringComparer.OrdinalIgnoreCase));
        Assert.Contains("1.2.0.192.in-addr.arpa", asked, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("1.100.51.198.in-addr.arpa", asked, StringComparer.OrdinalIgnoreCase);

        async Task<RawClient> ComeAsync(string address)
        {
            var client = await rig.ConnectAsync();
            await client.SendAsync($"PROXY TCP4 {address} 192.0.2.9 40001 25\r\n");
            return client;
        }
    }

    [Fact]
    public async Task When_all_places_are_taken_an_idle_connection_of_the_host_with_the_most_connections_is_closed()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxConnections = 4 }, Throttle = Limits });
        var person = await rig.ConnectAsync("127.0.0.1");
        await person.TalkAsync("<220");
        var busy = await rig.ConnectAsync("127.1.0.2");
        await busy.EnvelopeAsync();
        var idle = await rig.ConnectAsync("127.1.0.2");
        await idle.TalkAsync("<220");
        var busyToo = await rig.ConnectAsync("127.1.0.2");
        await busyToo.EnvelopeAsync();

        var newcomer = await rig.ConnectAsync("127.3.0.4");
        await newcomer.TalkAsync("<220");
        await idle.ExpectEndAsync();
        await person.TalkAsync(">NOOP", "<250");
        await busy.TalkAsync(">NOOP", "<250");
        await busyToo.TalkAsync(">NOOP", "<250");

        // No connection gives way to the host with the most connections.
        await rig.SessionsAsync();
        var again = await rig.ConnectAsync("127.1.0.2");
        await again.TalkAsync("<421 4.3.2");
    }

    [Fact]
    public async Task A_connection_of_a_refused_block_is_421_and_nothing_is_read()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Throttle = Limits });
        var flood = await rig.ConnectAsync();
        await flood.TalkAsync("<220", ">EHLO client.test", "<250");
        var throttle = rig.Node.Services.GetRequiredService<NodeThrottle>();
        for (var earlier = 0; earlier < 20; earlier++)
        {
            throttle.Register(IpBlock.Of(IPAddress.Loopback), null, new Mailbox($"earlier{earlier}", "example.com"));
        }

        await flood.SendAsync("MAIL FROM:<a@client.test>\r\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"RCPT TO:<r{i}@example.com>\r\n")));
        await flood.TalkAsync("<250", "<421 4.7.0 throttle-mx.test limits mail by sending host: twice the limit is reached by 127.0.0.1, try again in");
        await flood.ExpectEndAsync();
        Assert.Equal(0, rig.Hop.Connections);

        var again = await rig.ConnectAsync();
        await again.TalkAsync("<421 4.7.0");
        await again.ExpectEndAsync();
        Assert.Contains("refused: defer (FarOverLimit)", (await rig.SessionsAsync(2))[1], StringComparison.Ordinal);

        var neighbour = await rig.ConnectAsync("127.0.0.2");
        await neighbour.TalkAsync("<220");
        rig.Clock.Advance(TimeSpan.FromHours(2));
        var calm = await rig.ConnectAsync();
        Assert.StartsWith("250", await calm.DeliverAsync("hello"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_of_a_guesser_is_421_and_closed()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT TO:<guess", StringComparison.Ordinal) ? HopAction.Say("550 5.1.1 no such user") : null;
        var guesser = await rig.ConnectAsync();
        await guesser.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250");
        var answers = new List<string>();
        for (var i = 0; i < 20 && answers.LastOrDefault() is null or ['5', ..]; i++)
        {
            await guesser.TalkAsync($">RCPT TO:<guess{i}@example.com>");
            answers.Add(await guesser.ReplyAsync());
        }

        Assert.StartsWith("421 4.7.1", answers[^1], StringComparison.Ordinal);
        Assert.InRange(answers.Count, 5, 10);
        await guesser.ExpectEndAsync();
        var again = await rig.ConnectAsync();
        await again.TalkAsync("<421 4.7.1");
        await again.ExpectEndAsync();
    }

    private static async Task SendRecipientsAsync(RawClient client, int recipients)
    {
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync("MAIL FROM:<a@client.test>\r\n" + string.Concat(Enumerable.Range(0, recipients).Select(i => $"RCPT TO:<r{i}@foreign.test>\r\n")));
        await client.TalkAsync([">NOOP", "<250", .. Enumerable.Repeat("<550", recipients), "<250"]);
    }
}
