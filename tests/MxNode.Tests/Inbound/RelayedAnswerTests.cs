using System.Net;
using System.Text;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Which domains' mail is accepted, and how the next hop's replies are passed on.</summary>
public sealed class RelayedAnswerTests
{
    [Fact]
    public async Task A_message_is_answered_250_once_the_next_hop_has_it_unchanged()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step == "dot" ? HopAction.Say("250 2.0.0 queued as 4711") : null;
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        await client.TalkAsync(">DATA", "<354");
        await client.SendAsync("Subject: hi\r\n\r\n..one dot\r\n\u00e4\0\t\r\nno line end.\r\n.\r\n");
        await client.TalkAsync("<250 2.0.0 queued as 4711", ">QUIT", "<221");

        var message = Assert.Single(rig.Hop.Messages);
        var text = Encoding.Latin1.GetString(message.Content);
        Assert.StartsWith("Received: from client.test", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\nSubject: hi\r\n\r\n.one dot\r\n\u00e4\0\t\r\nno line end.\r\n", text, StringComparison.Ordinal);
        Assert.Equal(["RCPT TO:<bob@example.com>"], message.Recipients);
        await client.ExpectEndAsync();
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("no header here\r\n", "no header here\r\n")]
    [InlineData("\r\n", "\r\n")]
    public async Task A_message_without_body_or_header_is_accepted(string sent, string arrived)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        await client.TalkAsync(">DATA", "<354", $">{sent}.", "<250");

        var text = Encoding.Latin1.GetString(Assert.Single(rig.Hop.Messages).Content);
        Assert.EndsWith("+0000\r\n" + arrived, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_that_is_not_subscribed_or_has_no_real_MX_is_refused_and_a_DNS_failure_defers()
    {
        await using var rig = await InboundRig.StartAsync();
        var zone = new StaticZone(
            "",
            new MxRecord("foreign.test", 60, 10, "mail.foreign.test"),
            new MxRecord("magic-only.test", 60, 0, "throttle-mx.test"),
            new MxRecord("other-network.test", 60, 0, "throttle-mx.test"),
            new MxRecord("other-network.test", 60, 5, "throttle-mx.others.test"),
            new MxRecord("null.test", 60, 0, ""),
            new AddressRecord("no-mx.test", 60, IPAddress.Loopback));
        rig.Resolve = query => query.Questions[0].Name == "broken.test" ? query.Reply(DnsResponseCode.ServerFailure) : zone.Answer(query);
        var client = await rig.ConnectAsync();

        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250");
        await client.TalkAsync(">RCPT TO:<bob@foreign.test>", "<550 5.7.1 relaying denied");
        await client.TalkAsync(">RCPT TO:<bob@no-mx.test>", "<550 5.7.1 relaying denied");
        await client.TalkAsync(">RCPT TO:<bob@no-such-name.test>", "<550 5.7.1 relaying denied");
        await client.TalkAsync(">RCPT TO:<bob@[127.0.0.1]>", "<550 5.7.1 relaying denied");
        await client.TalkAsync(">RCPT TO:<bob@magic-only.test>", "<550 5.7.1 relaying denied");
        await client.TalkAsync(">RCPT TO:<bob@other-network.test>", "<550 5.7.1 relaying denied");
        await client.TalkAsync(">RCPT TO:<bob@null.test>", "<556 5.1.10");
        await client.TalkAsync(">RCPT TO:<bob@broken.test>", "<451 4.4.3");
        await client.TalkAsync(">DATA", "<503 5.5.1", ">QUIT", "<221");
        Assert.Equal(0, rig.Hop.Connections);
    }

    [Fact]
    public async Task A_domain_found_in_the_DNS_is_relayed_to_its_real_MX()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Resolve = new StaticZone(
            "",
            new MxRecord("dns.test", 60, 0, "throttle-mx.test"),
            new MxRecord("dns.test", 60, 10, "mail.dns.test"),
            new AddressRecord("mail.dns.test", 60, IPAddress.Loopback)).Answer;

        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync("hello", "bob@dns.test"), StringComparison.Ordinal);
        Assert.Single(rig.Hop.Messages);
    }

    [Fact]
    public async Task An_unreachable_next_hop_is_451()
    {
        var gone = new ScriptedHop();
        var nobody = gone.EndPoint;
        await gone.DisposeAsync();
        await using var rig = await InboundRig.StartAsync(c => c with
        {
            Relay = c.Relay with { Routes = new Dictionary<string, string> { ["elsewhere.test"] = nobody.ToString() } },
        });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250");
        await client.TalkAsync(">RCPT TO:<bob@elsewhere.test>", "<451 4.4.1 127.0.0.1[127.0.0.1]:", ">QUIT", "<221");
    }

    [Fact]
    public async Task The_next_hops_replies_are_passed_on_for_each_recipient_in_order()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step switch
        {
            "RCPT TO:<full@example.com>" => HopAction.Say("452 4.2.2 mailbox full"),
            "RCPT TO:<gone@example.com>" => HopAction.Say("550 5.1.1 no such user"),
            "RCPT TO:<odd@example.com>" => HopAction.Say("599 what"),
            _ => null,
        };
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        string[] recipients = ["ann@example.com", "full@example.com", "not an address", "gone@example.com", "x@foreign.test", "bob@example.org", "odd@example.com"];
        await client.SendAsync("MAIL FROM:<alice@client.test>\r\n" + string.Concat(recipients.Select(r => $"RCPT TO:<{r}>\r\n")) + "DATA\r\n");
        await client.TalkAsync("<250 2.1.0", "<250 2.1.5", "<452 4.2.2", "<501 5.1.3", "<550 5.1.1 127.0.0.1", "<550 5.7.1", "<250 2.1.5", "<599 5.0.0 127.0.0.1", "<354");
        await client.TalkAsync(">hello\r\n.", "<250");

        Assert.Equal(["RCPT TO:<ann@example.com>", "RCPT TO:<bob@example.org>"], Assert.Single(rig.Hop.Messages).Recipients);
    }

    [Theory]
    [InlineData("DATA", "451 4.3.0 later", "<451 4.3.0 127.0.0.1")]
    [InlineData("DATA", "554 5.7.1 not from you", "<554 5.7.1 127.0.0.1")]
    [InlineData("dot", "452 4.3.1 disk full", "<452 4.3.1")]
    [InlineData("dot", "550 5.7.1 spam", "<550 5.7.1 127.0.0.1")]
    [InlineData("dot", "354 what?", "<451 4.5.0")]
    public async Task The_next_hops_reply_to_the_text_is_the_reply_to_the_client(string at, string says, string answer)
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step == at ? HopAction.Say(says) : null;
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        await client.TalkAsync(">DATA", "<354", ">hello\r\n.", answer, ">MAIL FROM:<again@client.test>", "<250", ">QUIT", "<221");
    }

    [Theory]
    [InlineData("DATA")]
    [InlineData("text")]
    [InlineData("dot")]
    public async Task A_next_hop_that_disconnects_after_the_recipients_is_451(string at)
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, number) => step == at ? HopAction.Vanish : null;
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        await client.TalkAsync(">DATA", "<354", $">{new string('x', 900)}\r\n.", "<451 4.4", ">QUIT", "<221");
        Assert.Empty(rig.Hop.Messages);
    }

    [Fact]
    public async Task A_message_passes_a_next_hop_without_the_extensions_that_it_does_not_need()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Offers = ["PIPELINING"];
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        string[] data = [">DATA", "<354", ">hello\r\n.", "<250"];
        await client.TalkAsync([">MAIL FROM:<alice@client.test> BODY=8BITMIME", "<250", ">RCPT TO:<bob@example.com>", "<250", .. data]);
        await client.TalkAsync([">MAIL FROM:<alice@client.test> SMTPUTF8 RET=HDRS ENVID=1", "<250", ">RCPT TO:<bob@example.com> NOTIFY=NEVER", "<250", .. data]);
        await client.TalkAsync([">MAIL FROM:<alice@client.test> BODY=8BITMIME SMTPUTF8", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">Subject: \u00c3\u00a4\r\n\r\nhello\r\n.", "<554 5.6.9"]);
        await client.SendAsync("MAIL FROM:<alice@client.test> SMTPUTF8\r\nRCPT TO:<b\u00c3\u00b6b@example.com>\r\n");
        await client.TalkAsync("<250", "<553 5.6.7");
        Assert.Equal(["MAIL FROM:<alice@client.test>", "MAIL FROM:<alice@client.test>"], rig.Hop.Messages.Select(m => m.Mail));
    }

    [Fact]
    public async Task A_recipient_for_another_next_hop_is_452_and_goes_through_in_the_next_transaction()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync("MAIL FROM:<a@client.test>\r\nRCPT TO:<bob@example.com>\r\nRCPT TO:<eve@elsewhere.test>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n");
        await client.TalkAsync("<250", "<250", "<452 4.5.3", "<250", "<354", ">one\r\n.", "<250");
        await client.SendAsync("MAIL FROM:<a@client.test>\r\nRCPT TO:<eve@elsewhere.test>\r\nDATA\r\n");
        await client.TalkAsync("<250", "<250", "<354", ">one\r\n.", "<250");

        Assert.Equal(2, Assert.Single(rig.Hop.Messages).Recipients.Count);
        Assert.Equal(["RCPT TO:<eve@elsewhere.test>"], Assert.Single(rig.OtherHop.Messages).Recipients);
    }

    [Fact]
    public async Task The_null_reverse_path_is_ordinary_mail()
    {
        await using var rig = await InboundRig.StartAsync();
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync("a bounce", sender: ""), StringComparison.Ordinal);
        Assert.Equal("MAIL FROM:<>", Assert.Single(rig.Hop.Messages).Mail.Split(' ', 3) is [var a, var b, ..] ? $"{a} {b}" : "");
    }

    [Fact]
    public async Task Internationalised_mail_needs_SMTPUTF8_at_the_next_hop()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync(Utf8("MAIL FROM:<jürgen@client.test>\r\n"));
        await client.TalkAsync("<553 5.6.7");
        await client.SendAsync(Utf8("MAIL FROM:<jürgen@client.test> SMTPUTF8\r\nRCPT TO:<björn@example.com>\r\n"));
        await client.TalkAsync("<250", "<250", ">DATA", "<354", ">hello\r\n.", "<250");

        var message = Assert.Single(rig.Hop.Messages);
        Assert.Contains("SMTPUTF8", message.Mail, StringComparison.Ordinal);
        Assert.Equal(["RCPT TO:<björn@example.com>"], message.Recipients);
        Assert.Contains("with UTF8SMTP id", Encoding.UTF8.GetString(message.Content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PostMaster")]
    [InlineData("postmaster@A.node.test")]
    [InlineData("postmaster@[127.0.0.1]")]
    public async Task Mail_to_this_nodes_postmaster_goes_to_the_configured_mailbox(string postmaster)
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Node = c.Node with { Postmaster = "boss@example.com" } });
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync("hello", postmaster), StringComparison.Ordinal);
        Assert.Equal(["RCPT TO:<boss@example.com>"], Assert.Single(rig.Hop.Messages).Recipients);
        Assert.DoesNotContain(rig.Log.Lines, e => e.Event == 1009);
    }

    [Fact]
    public async Task Without_a_configured_postmaster_the_node_warns_and_defers_mail_to_it()
    {
        await using var rig = await InboundRig.StartAsync();
        await rig.Log.UntilAsync(1009);
        Assert.StartsWith("451 4.3.5", await (await rig.ConnectAsync()).DeliverAsync("hello", "postmaster"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1", await (await rig.ConnectAsync()).DeliverAsync("hello", "anybody@a.node.test"), StringComparison.Ordinal);
    }

    private static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
