using System.Net;
using System.Text;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Hosts that act for another client by XCLIENT.</summary>
public sealed class XclientSessionTests
{
    private const string Authorised = "127.0.0.5";

    [Fact]
    public async Task XCLIENT_of_an_authorised_host_sets_the_client_and_restarts_the_session()
    {
        await using var rig = await StartAsync();
        var client = await rig.ConnectAsync(Authorised);
        await client.TalkAsync("<220", ">EHLO proxy.test");
        Assert.Contains("XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT", await client.ReplyAsync(), StringComparison.Ordinal);
        await client.TalkAsync(">XCLIENT NAME=mail.client.test ADDR=192.0.2.55 PORT=40001", "<220 a.node.test", ">MAIL FROM:<a@client.test>", "<503");
        await client.TalkAsync(">EHLO mail.client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">hello\r\n.", "<250", ">QUIT", "<221");

        Assert.Contains("from mail.client.test (mail.client.test [192.0.2.55])", Encoding.ASCII.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
        var sessions = await rig.SessionsAsync(2);
        Assert.Contains($"block {Authorised}", sessions[0], StringComparison.Ordinal);
        Assert.Contains("block 192.0.2.55", sessions[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_named_client_has_no_greet_delay_and_its_own_verdict()
    {
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Smtp = c.Smtp with { XClientFrom = [IPNetwork.Parse(Authorised + "/32")], GreetDelay = TimeSpan.FromSeconds(3) },
            Trust = c.Trust with { Entries = [Authorised] },
            Throttle = InboundRig.NoThrottle with { Hold = TimeSpan.FromSeconds(2) },
        });
        var client = await rig.ConnectAsync(Authorised);
        await client.TalkAsync("<220", ">EHLO proxy.test", "<250", ">XCLIENT ADDR=192.0.2.55", "<220", ">EHLO client.test", "<250");
        await client.TalkAsync(">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>");
        await rig.Clock.UntilSetAsync(TimeSpan.FromSeconds(2));
        Assert.False(client.HasReply);
        rig.Clock.Advance(TimeSpan.FromSeconds(2));
        await client.TalkAsync("<250");
    }

    [Fact]
    public async Task Another_client_may_be_named_after_the_first()
    {
        await using var rig = await StartAsync();
        var client = await rig.ConnectAsync(Authorised);
        await client.TalkAsync("<220", ">EHLO proxy.test", "<250", ">XCLIENT ADDR=192.0.2.55", "<220", ">XCLIENT ADDR=IPV6:2001:db8::55 NAME=[UNAVAILABLE]", "<220");
        await client.TalkAsync(">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">hello\r\n.", "<250");
        Assert.Contains("(unknown [IPv6:2001:db8::55])", Encoding.ASCII.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ADDR=")]
    [InlineData("ADDR=not.an.address")]
    [InlineData("")]
    [InlineData("WHAT=EVER")]
    [InlineData("ADDR=192.0.2.1 ADDR=192.0.2.2")]
    [InlineData("NAME=mail.client.test+0D+0AX-Injected:+20yes")]
    [InlineData("NAME=mail+29client")]
    public async Task A_malformed_XCLIENT_is_501_and_changes_nothing(string attributes)
    {
        await using var rig = await StartAsync();
        var client = await rig.ConnectAsync(Authorised);
        await client.TalkAsync("<220", ">EHLO proxy.test", "<250", $">XCLIENT {attributes}", "<501 5.5.4", ">MAIL FROM:<a@client.test>", "<250");
    }

    [Fact]
    public async Task For_other_hosts_XCLIENT_is_550_and_not_offered()
    {
        await using var rig = await StartAsync();
        var client = await rig.ConnectAsync("127.0.0.6");
        await client.TalkAsync("<220", ">EHLO proxy.test");
        Assert.DoesNotContain("XCLIENT", await client.ReplyAsync(), StringComparison.Ordinal);
        await client.TalkAsync(">XCLIENT ADDR=192.0.2.55", "<550 5.7.0", ">MAIL FROM:<a@client.test>", "<250");
    }

    [Fact]
    public async Task A_named_client_from_a_block_with_too_many_connections_is_421()
    {
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Smtp = c.Smtp with { XClientFrom = [IPNetwork.Parse(Authorised + "/32")], MaxConnectionsPerBlock = 1 },
        });
        var direct = await rig.ConnectAsync("127.0.0.6");
        await direct.TalkAsync("<220");
        var client = await rig.ConnectAsync(Authorised);
        await client.TalkAsync("<220", ">XCLIENT ADDR=127.0.0.6", "<421 4.3.2");
        await client.ExpectEndAsync();
    }

    private static Task<InboundRig> StartAsync() =>
        InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { XClientFrom = [IPNetwork.Parse(Authorised + "/32")] } });
}
