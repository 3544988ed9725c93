using System.Collections.Concurrent;
using System.Text;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Inbound;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The contract of hooks: what they may do at each phase. A fault in a hook never leads to a 250.</summary>
public sealed class HookTests
{
    /// <summary>The phases at which hooks are asked; at the others they are only notified.</summary>
    public static TheoryData<Phase> Asked => [Phase.Connect, Phase.Greet, Phase.Hello, Phase.Mail, Phase.Recipients, Phase.Data, Phase.Message];

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(11);

    [Fact]
    public async Task A_hook_sees_every_phase_in_order()
    {
        var hook = new TestHook(Phase.Connect, _ => default);
        await using var rig = await InboundRig.StartAsync(null, hook);
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        await rig.SessionsAsync();
        Assert.Equal(Enum.GetValues<Phase>(), hook.Seen);
    }

    [Theory]
    [InlineData(Phase.Connect, "<554 5.4.6")]
    [InlineData(Phase.Greet, "<554 5.4.6")]
    [InlineData(Phase.Hello, "<220", ">EHLO client.test", "<554 5.4.6", ">MAIL FROM:<a@client.test>", "<503")]
    [InlineData(Phase.Mail, "<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<554 5.4.6", ">RCPT TO:<bob@example.com>", "<503", ">MAIL FROM:<>", "<554 5.4.6")]
    [InlineData(Phase.Recipients, "<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>\r\nRCPT TO:<ann@example.com>", "<554 5.4.6", "<554 5.4.6", ">DATA", "<503", ">RSET", "<250")]
    [InlineData(Phase.Data, "<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<554 5.4.6", ">RCPT TO:<bob@example.com>", "<503", ">MAIL FROM:<>", "<250")]
    [InlineData(Phase.Message, "<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">hello\r\n.", "<554 5.4.6", ">MAIL FROM:<>", "<250")]
    public async Task A_refusal_is_the_answer_at_its_phase(Phase phase, params string[] script)
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, _ => new(Step.Refuse(RefusalReason.MailLoop))));
        var client = await rig.ConnectAsync();
        await client.TalkAsync(script);
        Assert.Empty(rig.Hop.Messages);
        if (phase <= Phase.Greet)
        {
            await client.ExpectEndAsync();
        }
    }

    [Fact]
    public async Task The_TLS_policy_of_a_recipients_domain_is_looked_for_only_if_the_hooks_let_the_recipient_pass()
    {
        var refuses = true;
        await using var rig = await InboundRig.StartAsync(null, new TestHook(Phase.Recipients, _ => new(refuses ? Step.Refuse(RefusalReason.MailLoop) : Step.Continue)));
        var asked = new ConcurrentQueue<string>();
        var zone = new StaticZone("", [.. new[] { "first.test", "second.test" }.SelectMany(domain => new[] { new MxRecord(domain, 60, 0, "throttle-mx.test"), new MxRecord(domain, 60, 10, "mail.test") })]);
        rig.Resolve = query =>
        {
            asked.Enqueue(query.Questions[0].Name);
            return zone.Answer(query);
        };
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@first.test>", "<554");
        refuses = false;
        await client.TalkAsync(">RCPT TO:<bob@second.test>", "<451");
        Assert.Contains("_mta-sts.second.test", asked);
        Assert.DoesNotContain("_mta-sts.first.test", asked);
    }

    [Theory]
    [InlineData(Phase.Hello)]
    [InlineData(Phase.Mail)]
    [InlineData(Phase.Recipients)]
    [InlineData(Phase.Data)]
    [InlineData(Phase.Message)]
    public async Task A_refusal_by_421_closes_at_every_phase(Phase phase)
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, _ => new(Step.Refuse(RefusalReason.Pressure))));
        var client = await rig.ConnectAsync();
        Assert.StartsWith("421 4.3.2", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.ExpectEndAsync();
        Assert.Empty(rig.Hop.Messages);
    }

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task A_hook_can_wait_at_each_phase(Phase phase)
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, async session =>
        {
            await session.DelayAsync(Wait);
            return Step.Continue;
        }));
        var client = await rig.ConnectAsync();
        var delivered = client.DeliverAsync("hello");
        await rig.Clock.UntilSetAsync(Wait);
        Assert.False(delivered.IsCompleted);
        rig.Clock.Advance(Wait);
        Assert.StartsWith("250", await delivered, StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        Assert.Contains("held 11000 ms of 11000 ms", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Phase.Connect)]
    [InlineData(Phase.Hello)]
    [InlineData(Phase.Mail)]
    [InlineData(Phase.Recipients)]
    [InlineData(Phase.Data)]
    [InlineData(Phase.Message)]
    public async Task A_client_that_disconnects_while_a_hook_waits_is_not_a_failure(Phase phase)
    {
        TimeProvider? clock = null;
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, async session =>
        {
            await Task.Delay(Wait, clock!, session.Gone);
            return Step.Continue;
        }));
        clock = rig.Clock;
        var client = await rig.ConnectAsync();
        var delivered = client.DeliverAsync("hello");
        await rig.Clock.UntilSetAsync(Wait);
        client.Vanish();
        await Record.ExceptionAsync(() => delivered);
        Assert.Contains("messages: 0,", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
        Assert.Empty(rig.Hop.Messages);
    }

    [Theory]
    [MemberData(nameof(Asked))]
    public async Task A_hook_that_throws_when_asked_ends_the_session_with_421(Phase phase)
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, _ => throw new InvalidOperationException("a hook's fault")));
        rig.ExpectsErrors = true;
        var client = await rig.ConnectAsync();
        Assert.StartsWith("421 4.3.0", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.ExpectEndAsync();
        Assert.Empty(rig.Hop.Messages);
        Assert.Equal("a hook's fault", Assert.Single(await rig.Log.UntilAsync(1001)).Exception!.Message);
        Assert.Contains("error:", Assert.Single(await rig.SessionsAsync()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Phase.RecipientAnswered)]
    [InlineData(Phase.Answered)]
    [InlineData(Phase.TransactionEnded)]
    [InlineData(Phase.Disconnected)]
    public async Task A_hook_that_throws_at_a_notification_is_logged_and_changes_nothing(Phase phase)
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(phase, _ => throw new InvalidOperationException("a hook's fault")));
        rig.ExpectsErrors = true;
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        Assert.Contains("quit: forward", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
        await rig.Log.UntilAsync(1007);
        Assert.Single(rig.Hop.Messages);
    }

    [Fact]
    public async Task Hooks_are_asked_in_order_of_registration_up_to_the_first_answer()
    {
        var first = new TestHook(Phase.Connect, _ => default);
        var second = new TestHook(Phase.Mail, _ => new(Step.Answer(new SmtpReply(550, "5.7.1", "second says no"))));
        var third = new TestHook(Phase.Mail, _ => new(Step.Answer(new SmtpReply(550, "5.7.1", "third says no"))));
        await using var rig = await InboundRig.StartAsync(null, first, second, third);
        var client = await rig.ConnectAsync();
        Assert.StartsWith("550 5.7.1 second says no", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">QUIT", "<221");
        Assert.Contains("refuse", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
        Assert.Contains(Phase.Mail, first.Seen);
        Assert.DoesNotContain(Phase.Mail, third.Seen);
        Assert.Contains(Phase.TransactionEnded, third.Seen);
    }

    [Fact]
    public async Task A_hook_changes_the_header_section_and_the_next_hook_and_the_next_hop_see_the_changes()
    {
        var seen = "";
        var first = new TestHook(Phase.Connect, _ => default)
        {
            Edit = async draft =>
            {
                var header = await draft.ReadHeaderAsync(default);
                header.Insert(0, "Authentication-Results", "a.node.test;\n spf=pass\n.\nspf=none");
                header.Change("X-Spam", 1, null);
                header.Change("subject", 1, "[odd] hi");
                header.Add("X-Score", "3");
            },
        };
        var second = new TestHook(Phase.Connect, _ => default)
        {
            Edit = async draft =>
            {
                await foreach (var piece in draft.ReadPiecesAsync(default))
                {
                    seen += Encoding.ASCII.GetString(piece.Span);
                }
            },
        };
        await using var rig = await InboundRig.StartAsync(null, first, second);
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250", await client.DeliverAsync("X-Spam: no\r\nSubject: hi\r\n there\r\nFrom:  a \r\n\r\nSubject: body"), StringComparison.Ordinal);
        const string Changed = "Authentication-Results: a.node.test;\r\n spf=pass\r\n\t.\r\n\tspf=none\r\nSubject: [odd] hi\r\nFrom:  a \r\nX-Score: 3\r\n\r\nSubject: body\r\n";
        Assert.Equal(Changed, seen);
        var message = Encoding.ASCII.GetString(Assert.Single(rig.Hop.Messages).Content);
        Assert.StartsWith("Received: from client.test", message, StringComparison.Ordinal);
        Assert.EndsWith("+0000\r\n" + Changed, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hooks_positive_reply_to_the_text_ends_the_transaction_without_delivery()
    {
        await using var rig = await InboundRig.StartAsync(null, new TestHook(Phase.Message, _ => new(Step.Answer(new SmtpReply(250, "2.0.0", "thrown away")))));
        var client = await rig.ConnectAsync();
        Assert.StartsWith("250 2.0.0 thrown away", await client.DeliverAsync("hello"), StringComparison.Ordinal);
        await client.TalkAsync(">MAIL FROM:<>", "<250");
        Assert.Empty(rig.Hop.Messages);
    }

    [Fact]
    public async Task Each_session_has_its_own_hooks_and_each_transaction_ends_once()
    {
        var hook = new TestHook(Phase.Connect, _ => default);
        await using var rig = await InboundRig.StartAsync(null, hook);
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">RSET", "<250");
        await client.TalkAsync(">MAIL FROM:<a@client.test>", "<250", ">RSET", "<250", ">RSET", "<250", ">MAIL FROM:<a@client.test>", "<250", ">QUIT", "<221");
        await rig.SessionsAsync();
        Assert.Equal(2, hook.Seen.Count(phase => phase == Phase.TransactionEnded));
        Assert.Equal(Phase.Disconnected, hook.Seen[^1]);
    }
}
