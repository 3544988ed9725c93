using System.Text;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Spool;
using ThrottleNet.MxNode.Tests.Inbound;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Spool;

/// <summary>A node that accepts first and delivers afterwards.</summary>
public sealed class SpooledSessionTests
{
    private static readonly SpoolOptions On = new() { Enabled = true };

    [Fact]
    public async Task A_message_is_queued_and_then_delivered_with_its_envelope()
    {
        await using var rig = await StartAsync();
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test> BODY=8BITMIME", "<250", ">RCPT TO:<bob@example.com>", "<250 2.1.5", ">RCPT TO:<carol@example.org>", "<250", ">DATA", "<354", ">Subject: hi\r\n\r\nhello\r\n.", "<250 2.0.0 queued as ");
        await Eventually.HoldsAsync("the delivery", () => !rig.Hop.Messages.IsEmpty);
        var message = Assert.Single(rig.Hop.Messages);
        Assert.StartsWith("MAIL FROM:<alice@client.test>", message.Mail, StringComparison.Ordinal);
        Assert.Equal(["RCPT TO:<bob@example.com>", "RCPT TO:<carol@example.org>"], message.Recipients);
        Assert.Matches("^Received: from client.test [\\s\\S]*Subject: hi\r\n\r\nhello\r\n$", Encoding.ASCII.GetString(message.Content));
        await Eventually.HoldsAsync("an empty queue", () => Queue(rig).Count == 0);
    }

    // A part of such a text is in the queue's file. It goes by DATA, also where the next hop takes BDAT.
    [Theory]
    [InlineData("CHUNKING")]
    [InlineData("8BITMIME")]
    public async Task A_large_text_is_delivered_whole(string offered)
    {
        await using var rig = await StartAsync();
        rig.Hop.Offers = ["PIPELINING", offered];
        await using var client = await rig.ConnectAsync();
        var body = string.Concat(Enumerable.Repeat(new string('x', 70) + "\r\n", 3000));
        Assert.StartsWith("250", await client.DeliverAsync("Subject: hi\r\n\r\n" + body), StringComparison.Ordinal);
        await Eventually.HoldsAsync("the delivery", () => !rig.Hop.Messages.IsEmpty);
        Assert.EndsWith("Subject: hi\r\n\r\n" + body + "\r\n", Encoding.ASCII.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_answered_250_is_delivered_by_the_node_that_starts_after_a_crash()
    {
        using var image = new TemporaryFolder();
        await using (var rig = await StartAsync())
        {
            rig.Hop.Script = (step, _) => step == "greeting" ? HopAction.SayAndHangUp("421 4.3.2 not now") : null;
            await using var client = await rig.ConnectAsync();
            Assert.StartsWith("250", await client.DeliverAsync("Subject: x\r\n\r\nsurvives"), StringComparison.Ordinal);

            CopyQueue(rig, image);
        }

        await using var after = await StartAsync(c => c with { Node = c.Node with { DataDirectory = image.Path } });
        await PassAsync(after, () => !after.Hop.Messages.IsEmpty);
        Assert.Contains("survives", Encoding.ASCII.GetString(Assert.Single(after.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_delivered_is_not_delivered_again_after_a_crash_while_the_senders_DNS_is_awaited()
    {
        static HopAction? Script(string step, int connection) => step.StartsWith("RCPT TO:<no", StringComparison.Ordinal) ? HopAction.Say("550 5.1.1 who?") : null;
        using var image = new TemporaryFolder();
        await using (var rig = await StartAsync())
        {
            var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            rig.Hop.Script = Script;
            rig.Resolve = query =>
            {
                if (string.Equals(query.Questions[0].Name, "client.test", StringComparison.OrdinalIgnoreCase))
                {
                    asked.TrySetResult();
                }

                return null;
            };
            await using var client = await rig.ConnectAsync();
            await client.TalkAsync(
                "<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">RCPT TO:<no@example.com>", "<250",
                ">DATA", "<354", ">Subject: x\r\n\r\nonce\r\n.", "<250 2.0.0 queued as ");

            // The refused recipient calls for a report to the sender. The spool asks the DNS whether the sender is proven.
            await asked.Task.WaitAsync(Eventually.Patience);
            Assert.Single(rig.Hop.Messages);
            CopyQueue(rig, image);

            // The look-up goes on while the node stops, until the time for that is over.
            var stopping = rig.StopAsync();
            await Eventually.HoldsAsync("the end of the node", () =>
            {
                rig.Clock.Advance(TimeSpan.FromSeconds(1));
                return stopping.IsCompleted;
            });
        }

        await using var after = await StartAsync(c => c with { Node = c.Node with { DataDirectory = image.Path } });
        after.Hop.Script = Script;
        await PassAsync(after, () => after.Hop.Log.Any(l => l.Contains("RCPT TO:<no@", StringComparison.Ordinal)));
        Assert.DoesNotContain(after.Hop.Log, l => l.Contains("RCPT TO:<bob@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_domain_that_is_not_listed_goes_by_cut_through_and_needs_a_transaction_of_its_own()
    {
        await using var rig = await StartAsync(c => c with { Spool = On with { Domains = ["example.com"] } });
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT TO:<no", StringComparison.Ordinal) ? HopAction.Say("550 5.1.1 who?") : null;
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync(
            "<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250", ">RCPT TO:<no@example.com>", "<250 2.1.5", ">RCPT TO:<bob@example.org>", "<452 4.5.3", ">RSET", "<250",
            ">MAIL FROM:<alice@client.test>", "<250", ">RCPT TO:<no@example.org>", "<550 5.1.1");
        Assert.Empty(rig.Hop.Messages);
    }

    [Fact]
    public async Task A_destination_that_is_down_for_an_hour_gets_all_its_mail_and_holds_nobody_up()
    {
        await using var rig = await StartAsync();
        var isDown = true;
        rig.Hop.Script = (step, _) => step == "greeting" && isDown ? HopAction.SayAndHangUp("421 4.3.2 down") : null;
        for (var i = 0; i < 20; i++)
        {
            Assert.StartsWith("250", await SendAsync(rig, "bob@example.com"), StringComparison.Ordinal);
        }

        Assert.StartsWith("250", await SendAsync(rig, "eve@elsewhere.test"), StringComparison.Ordinal);
        await Eventually.HoldsAsync("the other destination's mail", () => !rig.OtherHop.Messages.IsEmpty);
        var from = rig.Clock.GetUtcNow();
        await PassAsync(rig, () => rig.Clock.GetUtcNow() - from >= TimeSpan.FromHours(1));

        // One attempt shows that a destination is down; its other messages are not tried meanwhile.
        Assert.InRange(rig.Hop.Connections, 1, 20);
        isDown = false;
        await PassAsync(rig, () => rig.Hop.Messages.Count == 20);
        await Eventually.HoldsAsync("an empty queue", () => Queue(rig).Count == 0);
        Assert.Equal(20, rig.Hop.Messages.Count);
    }

    [Fact]
    public async Task A_wall_clock_that_jumps_forward_makes_no_message_too_old()
    {
        await using var rig = await StartAsync();
        var isDown = true;
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) && isDown ? HopAction.Say("451 4.2.1 not now") : null;
        Assert.StartsWith("250", await SendAsync(rig, "bob@example.com"), StringComparison.Ordinal);
        await rig.Log.UntilAsync(8105);
        rig.Clock.StepWall(TimeSpan.FromDays(10));
        await PassAsync(rig, () => rig.Log.Lines.Count(l => l.Event == 8105) > 1);
        isDown = false;
        await PassAsync(rig, () => !rig.Hop.Messages.IsEmpty);
        Assert.DoesNotContain(rig.Log.Lines, l => l.Event == 8106);
    }

    [Fact]
    public async Task A_queued_message_goes_out_by_BDAT_where_the_next_hop_offers_CHUNKING()
    {
        await using var rig = await StartAsync();
        rig.Hop.Offers = ["PIPELINING", "CHUNKING"];
        Assert.StartsWith("250", await SendAsync(rig, "bob@example.com"), StringComparison.Ordinal);
        await Eventually.HoldsAsync("the delivery", () => !rig.Hop.Messages.IsEmpty);
        Assert.Contains(rig.Hop.Log, l => l.Contains("BDAT ", StringComparison.Ordinal) && l.EndsWith(" LAST", StringComparison.Ordinal));
        Assert.DoesNotContain(rig.Hop.Log, l => l.EndsWith("DATA", StringComparison.Ordinal));
        Assert.Matches("^Received: from client.test [\\s\\S]*Subject: x\r\n\r\nhello\r\n$", Encoding.ASCII.GetString(Assert.Single(rig.Hop.Messages).Content));
    }

    [Fact]
    public async Task Filters_see_a_message_before_it_is_queued_and_never_again()
    {
        await using var filter = new ScriptedFilter { Script = e => e.StartsWith("Bspam", StringComparison.Ordinal) ? FilterAction.Say("r") : e == "E" ? FilterAction.Say("hX-Seen\0yes\0", "c") : null };
        await using var rig = await StartAsync(c => c with { Content = new() { Milters = [filter.Address] } });
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync(
            "<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">Subject: x\r\n\r\nspam\r\n.", "<550 5.7.1",
            ">MAIL FROM:<alice@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">Subject: x\r\n\r\nhello\r\n.", "<250 2.0.0 queued as ");
        var asked = filter.Log.Count;
        await Eventually.HoldsAsync("the delivery", () => !rig.Hop.Messages.IsEmpty);
        await Eventually.HoldsAsync("an empty queue", () => Queue(rig).Count == 0);
        Assert.EndsWith("Subject: x\r\nX-Seen: yes\r\n\r\nhello\r\n", Encoding.ASCII.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
        Assert.Equal(asked, filter.Log.Count);
    }

    [Fact]
    public async Task A_forged_sender_gets_nothing_and_the_operator_a_line()
    {
        await using var rig = await StartAsync(c => c with { Node = c.Node with { Postmaster = "op@elsewhere.test" } });
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say("550 5.1.1 nobody here") : null;
        Assert.StartsWith("250", await SendAsync(rig, "bob@example.com", "victim@elsewhere.test"), StringComparison.Ordinal);
        await rig.Log.UntilAsync(8106);
        await Eventually.HoldsAsync("an empty queue", () => Queue(rig).Count == 0);
        Assert.Empty(rig.OtherHop.Messages);
        await PassAsync(rig, () => !rig.OtherHop.Messages.IsEmpty, TimeSpan.FromHours(1));
        var digest = Assert.Single(rig.OtherHop.Messages);
        Assert.Equal(["RCPT TO:<op@elsewhere.test>"], digest.Recipients);
        Assert.Contains("from <victim@elsewhere.test> [127.0.0.1] to <bob@example.com>: 550 5.1.1", Encoding.ASCII.GetString(digest.Content).Replace("=\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_proven_sender_gets_one_report(bool bySpf)
    {
        await using var rig = await StartAsync(c => bySpf ? c : c with { Trust = c.Trust with { Entries = ["127.0.0.1/32"] } });
        rig.Resolve = new StaticZone("", bySpf ? [new TxtRecord("elsewhere.test", 60, "v=spf1 ip4:127.0.0.0/8 -all")] : []).Answer;
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT TO:<bob", StringComparison.Ordinal) ? HopAction.Say("550 5.1.1 nobody here") : null;
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync(
            "<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@elsewhere.test> ENVID=my+2Bid RET=HDRS", "<250", ">RCPT TO:<bob@example.com> ORCPT=rfc822;b+2Bob@example.net", "<250", ">RCPT TO:<carol@example.com>", "<250",
            ">DATA", "<354", ">Subject: hi\r\n\r\nsecret\r\n.", "<250");
        await Eventually.HoldsAsync("the report", () => !rig.OtherHop.Messages.IsEmpty);
        Assert.Equal(["RCPT TO:<carol@example.com>"], Assert.Single(rig.Hop.Messages).Recipients);
        await Eventually.HoldsAsync("an empty queue", () => Queue(rig).Count == 0);
        var sent = Assert.Single(rig.OtherHop.Messages);
        Assert.StartsWith("MAIL FROM:<>", sent.Mail, StringComparison.Ordinal);
        Assert.Equal(["RCPT TO:<alice@elsewhere.test>"], sent.Recipients);
        Assert.DoesNotContain("secret", Encoding.ASCII.GetString(sent.Content), StringComparison.Ordinal);

        using var message = await MimeMessage.LoadAsync(new MemoryStream(sent.Content));
        var report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal("delivery-status", report.ReportType);
        var status = report.OfType<MessageDeliveryStatus>().Single().StatusGroups.Where(g => g.Count > 0).ToList(); // MimeKit reads the last empty line as a group
        Assert.Equal(2, status.Count);
        Assert.Equal(("my+id", "dns; a.node.test"), (status[0]["Original-Envelope-Id"], status[0]["Reporting-MTA"]));
        Assert.Equal(("rfc822;bob@example.com", "rfc822;b+ob@example.net", "failed", "5.1.1"), (status[1]["Final-Recipient"], status[1]["Original-Recipient"], status[1]["Action"], status[1]["Status"]));
    }

    [Theory]
    [InlineData("NOTIFY=NEVER")]
    [InlineData("NOTIFY=SUCCESS,DELAY")]
    public async Task A_proven_sender_that_wants_no_report_of_failure_gets_none(string notify)
    {
        await using var rig = await StartAsync(c => c with { Trust = c.Trust with { Entries = ["127.0.0.1/32"] } });
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say("550 5.1.1 nobody here") : null;
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@elsewhere.test>", "<250", $">RCPT TO:<bob@example.com> {notify}", "<250", ">DATA", "<354", ">x\r\n.", "<250");
        await rig.Log.UntilAsync(8106);
        await Eventually.HoldsAsync("an empty queue", () => Queue(rig).Count == 0);
        Assert.Empty(rig.OtherHop.Messages);
    }

    [Fact]
    public async Task Success_is_reported_where_it_was_asked_for_and_the_next_hop_does_not_do_it()
    {
        await using var rig = await StartAsync(c => c with { Trust = c.Trust with { Entries = ["127.0.0.1/32"] } });
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@elsewhere.test>", "<250", ">RCPT TO:<bob@example.com> NOTIFY=SUCCESS", "<250", ">DATA", "<354", ">x\r\n.", "<250");
        await Eventually.HoldsAsync("the report", () => !rig.OtherHop.Messages.IsEmpty);
        Assert.Contains("Action: relayed", Encoding.ASCII.GetString(Assert.Single(rig.OtherHop.Messages).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_nobody_takes_for_five_days_is_given_up_with_a_report_and_a_late_one_is_announced_once()
    {
        await using var rig = await StartAsync(c => c with { Trust = c.Trust with { Entries = ["127.0.0.1/32"] } });
        rig.Hop.Script = (step, _) => step == "greeting" ? HopAction.SayAndHangUp("421 4.3.2 down") : null;
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@elsewhere.test>", "<250", ">RCPT TO:<bob@example.com> NOTIFY=FAILURE,DELAY", "<250", ">DATA", "<354", ">x\r\n.", "<250");
        await PassAsync(rig, () => Queue(rig).Count == 0, TimeSpan.FromMinutes(30));
        Assert.Equal(["delayed", "failed"], rig.OtherHop.Messages.Select(m => Encoding.ASCII.GetString(m.Content).Split("Action: ")[1].Split('\r')[0]));
        Assert.InRange(rig.Hop.Connections, 40, 80); // 5, 10, 20, 40, 80 minutes, then every two hours, five days long
    }

    [Fact]
    public async Task A_next_hop_that_takes_few_recipients_at_a_time_gets_them_all_at_once()
    {
        await using var rig = await StartAsync();
        var taken = 0;
        rig.Hop.Script = (step, _) =>
        {
            taken = step.StartsWith("MAIL", StringComparison.Ordinal) ? 0 : taken;
            return step.StartsWith("RCPT", StringComparison.Ordinal) && ++taken > 2 ? HopAction.Say("452 4.5.3 too many") : null;
        };
        await using var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<alice@client.test>", "<250");
        for (var i = 0; i < 5; i++)
        {
            await client.TalkAsync($">RCPT TO:<user{i}@example.com>", "<250");
        }

        await client.TalkAsync(">DATA", "<354", ">x\r\n.", "<250");
        await Eventually.HoldsAsync("all transactions", () => rig.Hop.Messages.Count == 3);
        Assert.Equal(5, rig.Hop.Messages.Sum(m => m.Recipients.Count));
    }

    [Fact]
    public async Task A_stop_leaves_what_is_not_delivered_for_the_next_start()
    {
        using var data = new TemporaryFolder();
        await using (var rig = await StartAsync(c => c with { Node = c.Node with { DataDirectory = data.Path } }))
        {
            rig.Hop.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say("451 4.2.1 not now") : null;
            Assert.StartsWith("250", await SendAsync(rig, "bob@example.com"), StringComparison.Ordinal);
            await rig.Log.UntilAsync(8105);
        }

        await using var after = await StartAsync(c => c with { Node = c.Node with { DataDirectory = data.Path }, Spool = new SpoolOptions() });
        await PassAsync(after, () => !after.Hop.Messages.IsEmpty);
        Assert.Single(after.Hop.Messages);
    }

    private static Task<InboundRig> StartAsync(Func<NodeConfiguration, NodeConfiguration>? change = null) =>
        InboundRig.StartAsync(c => (change ?? (same => same))(c with { Spool = On }));

    // The node is running: its files at this moment are what a crash leaves.
    private static void CopyQueue(InboundRig rig, TemporaryFolder image)
    {
        Directory.CreateDirectory(image.File("queue"));
        foreach (var file in Directory.GetFiles(Path.Combine(rig.DataDirectory, "queue"), "*.queue"))
        {
            File.Copy(file, Path.Combine(image.File("queue"), Path.GetFileName(file)));
        }
    }

    private static MessageQueue Queue(InboundRig rig) => rig.Node.Services.GetRequiredService<MessageQueue>();

    private static async Task<string> SendAsync(InboundRig rig, string recipient, string sender = "alice@client.test")
    {
        await using var client = await rig.ConnectAsync();
        return await client.DeliverAsync("Subject: x\r\n\r\nhello", recipient, sender);
    }

    // Lets time pass until something has happened. While a delivery is under way it stands still, or the delivery would time out.
    private static Task PassAsync(InboundRig rig, Func<bool> until, TimeSpan? step = null) => Eventually.HoldsAsync("what time brings", () =>
    {
        if (until())
        {
            return true;
        }

        if (rig.Node.Services.GetRequiredService<DeliverySchedule>().Running == 0)
        {
            rig.Clock.Advance(step ?? TimeSpan.FromMinutes(1));
        }

        return false;
    });
}
