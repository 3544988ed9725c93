using System.Text;
using System.Text.Json;
using MimeKit;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Spool;

/// <summary>The spool in front of a real mail server, and on a real disk.</summary>
public sealed class SpoolWithPostfixTests
{
    [NeedsFact("root", "postfix")]
    public async Task A_message_is_delivered_and_one_report_about_an_unknown_recipient_is_read_by_Postfix_and_MimeKit()
    {
        var address = Loopback.Next();
        await using var postfix = await PostfixInstance.StartBesideAsync(
            address, "mail.dest.test", "dest.test", "virtual_mailbox_domains = dest.test, alice.test", "virtual_mailbox_maps = inline:{bob@dest.test=inbox/ alice@alice.test=inbox/}");
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(
            folder, $"Relay:Routes:dest.test={address}:25", $"Relay:Routes:alice.test={address}:25", "Trust:Entries:0=127.0.0.1/32", "Spool:Enabled=true");
        await using var talk = await RawClient.ConnectAsync(node.Smtp);
        await talk.TalkAsync(
            "<220", ">EHLO list.test", "<250", ">MAIL FROM:<alice@alice.test> ENVID=E1", "<250", ">RCPT TO:<bob@dest.test>", "<250", ">RCPT TO:<nobody@dest.test>", "<250",
            ">DATA", "<354", ">From: alice@alice.test\r\nSubject: hello\r\n\r\nhello\r\n.", "<250 2.0.0 queued as ", ">QUIT", "<221");

        await Eventually.HoldsAsync("the message and the report in the mailbox", () => postfix.Mailbox().Count == 2);
        using var report = await MimeMessage.LoadAsync(new MemoryStream(Encoding.UTF8.GetBytes(postfix.Mailbox().Single(m => m.Contains("multipart/report", StringComparison.Ordinal)))));
        var status = Assert.IsType<MultipartReport>(report.Body).OfType<MessageDeliveryStatus>().Single().StatusGroups;
        Assert.Equal(("rfc822;nobody@dest.test", "failed", "5.1.1"), (status[1]["Final-Recipient"], status[1]["Action"], status[1]["Status"]));
        Assert.Contains(postfix.Log, l => l.Contains("from=<>", StringComparison.Ordinal));
        await node.StopAsync();
        Assert.Equal(2, postfix.Mailbox().Count);
    }

    [NeedsFact("root", "smtp-sink")]
    public async Task A_full_disk_gives_452_and_loses_nothing()
    {
        using var folder = new TemporaryFolder();
        var queue = folder.Make("data/queue");
        (await Tool.RunAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", queue)).Expect(0);
        try
        {
            await using var sink = await SmtpSink.StartAsync("-r", "CONNECT");
            var promised = 0;
            await using (var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Trust:Entries:0=127.0.0.1/32", "Spool:Enabled=true"))
            {
                await using var talk = await RawClient.ConnectAsync(node.Smtp);
                await talk.TalkAsync("<220", ">EHLO list.test", "<250");
                var body = string.Concat(Enumerable.Repeat("0123456789abcdef\r\n", 3000));
                string? answer;
                while (true)
                {
                    await talk.TalkAsync(">MAIL FROM:<list@people.test>", "<250", ">RCPT TO:<someone@sink.test>", "<250", ">DATA", "<354");
                    answer = await talk.AskAsync($"Message-ID: <{promised}@people.test>\r\n\r\n{body}.");
                    if (answer is null || !answer.StartsWith("250", StringComparison.Ordinal))
                    {
                        break;
                    }

                    promised++;
                }

                Assert.StartsWith("452 4.3.1", answer, StringComparison.Ordinal);
                Assert.InRange(promised, 20, 40);
                await node.KillAsync();
            }

            await using var open = await SmtpSink.StartAsync();
            await using var again = await NodeProcess.StartAsync(folder, open.Route("sink.test"), "Spool:Enabled=true");

            // A message that was tried before is due in minutes only; those that were not are delivered at once.
            await NodeProcess.CommandAsync("queue", "retry", "sink.test", "--set", $"Admin:Listen={again.Admin.Authority}");
            await Eventually.HoldsAsync("all messages", () => open.Messages().Count == promised);
        }
        finally
        {
            await Tool.RunAsync("umount", queue);
        }
    }

    [NeedsFact("root", "smtp-sink")]
    public async Task An_operator_lists_shows_holds_retries_and_deletes()
    {
        await using var sink = await SmtpSink.StartAsync("-r", "RCPT");
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"), "Trust:Entries:0=127.0.0.1/32", "Spool:Enabled=true");
        var ids = new List<string>();
        await using var talk = await RawClient.ConnectAsync(node.Smtp);
        await talk.TalkAsync("<220", ">EHLO list.test", "<250");
        for (var i = 0; i < 2; i++)
        {
            await talk.TalkAsync(">MAIL FROM:<list@people.test>", "<250", $">RCPT TO:<user{i}@sink.test>", "<250", ">DATA", "<354");
            ids.Add((await talk.AskAsync("Subject: shown\r\n\r\nbody\r\n."))!.Split(' ')[^1]);
        }

        await node.LogLineAsync("two attempts", l => l.EventId == 8105 && node.Log.Count(o => o.EventId == 8105) == 2);
        Assert.Contains("Subject: shown", await RunAsync(node, "show", ids[0]), StringComparison.Ordinal);
        Assert.Contains("<user0@sink.test>: 4", await RunAsync(node, "show", ids[0]), StringComparison.Ordinal);
        Assert.Contains("hold: 2 messages", await RunAsync(node, "hold", "sink.test"), StringComparison.Ordinal);
        Assert.Contains("held", await RunAsync(node, "list"), StringComparison.Ordinal);
        using (var json = JsonDocument.Parse(await RunAsync(node, "list", "--json")))
        {
            Assert.Equal(2, json.RootElement.GetProperty("messages").GetInt32());
        }

        Assert.Contains("retry: 1 message", await RunAsync(node, "retry", ids[0]), StringComparison.Ordinal);
        await node.LogLineAsync("another attempt", l => l.EventId == 8105 && node.Log.Count(o => o.EventId == 8105) == 3);
        Assert.Contains("delete: 1 message", await RunAsync(node, "delete", ids[1]), StringComparison.Ordinal);
        Assert.Contains("1 message,", await RunAsync(node, "list"), StringComparison.Ordinal);
        Assert.Equal(1, (await NodeProcess.CommandAsync("queue", "show", ids[1], "--set", $"Admin:Listen={node.Admin.Authority}")).ExitCode);
        using var client = new HttpClient { BaseAddress = node.Admin };
        using var refused = await client.PostAsync(new Uri($"api/queue/{ids[0]}/delete", UriKind.Relative), null);
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
        await node.StopAsync();
    }

    private static async Task<string> RunAsync(NodeProcess node, string command, params string[] arguments) =>
        (await NodeProcess.CommandAsync(["queue", command, .. arguments, "--set", $"Admin:Listen={node.Admin.Authority}"])).Expect(0).Output;
}
