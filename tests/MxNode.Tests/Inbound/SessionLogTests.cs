using System.Net;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The log line of a session, and what no log line may contain.</summary>
public sealed class SessionLogTests
{
    [Fact]
    public async Task A_session_is_one_log_line_with_its_outcome()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync("127.0.0.3");
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        var line = Assert.Single(await rig.SessionsAsync());
        Assert.Matches(
            $@"^session [0-9a-f]+ block 127\.0\.0\.3(/32)? \(no name, HELO client\.test, no TLS\) quit: forward \(PersonRate\), recipients of example\.com taken: 1 of 1, messages: 1, next hop 127\.0\.0\.1\[127\.0\.0\.1\]:{rig.Hop.EndPoint.Port} \(TLS demanded none, reached plain\) answered 250 2\.0\.0, queue id none, spf=unchecked, dkim=unchecked, held 0 ms of 0 ms$",
            line);
    }

    [Fact]
    public async Task The_line_names_the_clients_reverse_name_and_the_version_of_TLS()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { ProxyFrom = [IPNetwork.Parse("127.0.0.0/8")] } });
        rig.Resolve = new StaticZone(
            "",
            new PtrRecord("55.2.0.192.in-addr.arpa", 60, "mail.client.test"),
            new AddressRecord("mail.client.test", 60, IPAddress.Parse("192.0.2.55"))).Answer;
        var client = await rig.ConnectAsync();
        await client.SendAsync("PROXY TCP4 192.0.2.55 192.0.2.1 40001 25\r\n");
        await rig.Log.LineAsync(1, "mail.client.test A: ");
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">STARTTLS", "<220");
        await client.StartTlsAsync();
        await client.TalkAsync(">EHLO other.client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">QUIT", "<221");
        Assert.Contains(" block 192.0.2.55 (mail.client.test, HELO other.client.test, Tls1", Assert.Single(await rig.SessionsAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("250 2.0.0 Ok: queued as 4C5D2E1F9A", "4C5D2E1F9A")]
    [InlineData("250 OK id=1tGkXY-0000Ab-2C", "1tGkXY-0000Ab-2C")]
    [InlineData("250 2.0.0 4ASBp3X1012345 Message accepted for delivery", "4ASBp3X1012345")]
    [InlineData("250 2.6.0 <secret@client.test> [InternalId=123456789, Hostname=mx.example.com] Queued mail for delivery", "123456789")]
    [InlineData("250 2.0.0 queued as <secret@client.test>", "none")]
    [InlineData("250 thanks, secret", "none")]
    public async Task The_line_has_the_queue_id_of_the_next_hop_and_nothing_else_of_its_reply(string reply, string id)
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step == "dot" ? HopAction.Say(reply) : null;
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        var line = Assert.Single(await rig.SessionsAsync());
        Assert.Contains($", queue id {id}, ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_the_node_ends_after_it_took_a_message_is_not_refused()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        var stopping = rig.StopAsync();
        await client.TalkAsync("<421");
        await client.DisposeAsync(); // the node waits until the client has closed its connection
        await stopping;
        Assert.Contains(" ended (ShuttingDown): forward (PersonRate), recipients of example.com taken: 1 of 1, ", Assert.Single(await rig.SessionsAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_lines_at_Information_level_contain_no_mailbox_and_no_content()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step switch
        {
            "RCPT TO:<secret-gone@example.com>" => HopAction.Say("550 5.1.1 <secret-gone@example.com>: user unknown"),
            "RCPT TO:<secret-full@example.com>" => HopAction.Say("452 4.2.2 <secret-full@example.com>: full"),
            "dot" => HopAction.SayAndHangUp("550 5.7.1 <secret-sender@client.test> is not welcome"),
            _ => null,
        };
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<secret-sender@client.test>", "<250");
        await client.TalkAsync(">RCPT TO:<secret-gone@example.com>", "<550 5.1.1", ">RCPT TO:<secret-full@example.com>", "<452 4.2.2", ">RCPT TO:<secret-bob@example.com>", "<250");
        await client.TalkAsync(">RCPT TO:<secret-bad address@example.com>", "<501", ">RCPT TO:<secret-x@foreign.test>", "<550", ">VRFY secret-vrfy", "<252");
        await client.TalkAsync(">DATA", "<354", ">Subject: secret-subject\r\n\r\nsecret-body\r\n.", "<550 5.7.1", ">QUIT", "<221");
        await rig.SessionsAsync();
        Assert.DoesNotContain(rig.Log.Lines, e => e.Level >= LogLevel.Information && $"{e.Message} {e.Exception}".Contains("secret", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_mailbox_in_a_next_hops_reply_does_not_reach_the_log()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.SayAndHangUp("421 4.7.0 <secret@client.test> go away") : null;
        var client = await rig.ConnectAsync();
        Assert.StartsWith("451", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        await rig.SessionsAsync();
        Assert.DoesNotContain(rig.Log.Lines, e => e.Level >= LogLevel.Information && e.Message.Contains("secret", StringComparison.Ordinal));
    }
}
