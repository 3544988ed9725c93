using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.NextHops;

/// <summary>smtp-sink as a next hop that fails at each stage in each way. The client gets the failure as a reply in its session.</summary>
public sealed class FailingNextHopTests
{
    // How smtp-sink fails: 5xx, 4xx, by hanging up, by 421 and hanging up.
    private const string Hard = "-f", Soft = "-r", HangUp = "-q", Closing = "-Q";

    public static TheoryData<string, string, char> Failures
    {
        get
        {
            var failures = new TheoryData<string, string, char>();
            foreach (var stage in new[] { "CONNECT", "EHLO,HELO", "MAIL", "RCPT", "DATA", "." })
            {
                // A refusal before MAIL is about the relay, not about the mail.
                failures.Add(Hard, stage, stage is "CONNECT" or "EHLO,HELO" ? '4' : '5');
                failures.Add(Soft, stage, '4');
                failures.Add(HangUp, stage, '4');
                failures.Add(Closing, stage, '4');
            }

            return failures;
        }
    }

    [NeedsTheory("root", "smtp-sink")]
    [MemberData(nameof(Failures))]
    public async Task A_next_hops_failure_is_the_reply_and_the_client_keeps_its_message(string how, string stage, char expected)
    {
        await using var sink = await SmtpSink.StartAsync(how, stage);
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"));
        await using var talk = await RawClient.ConnectAsync(node.Smtp);
        await talk.AnswerAsync();
        await talk.AskAsync("EHLO people.test");
        Assert.StartsWith("250 ", await talk.AskAsync("MAIL FROM:<friend@people.test>"), StringComparison.Ordinal);

        var answer = await talk.AskAsync("RCPT TO:<someone@sink.test>");
        if (stage is "DATA" or ".")
        {
            Assert.StartsWith("250 ", answer, StringComparison.Ordinal);
            Assert.StartsWith("354", await talk.AskAsync("DATA"), StringComparison.Ordinal);
            answer = await talk.AskAsync("Subject: hello\r\n\r\nhello\r\n.");
        }

        Assert.NotNull(answer);
        Assert.True(answer[0] == expected, answer);
        Assert.StartsWith("221 ", await talk.AskAsync("QUIT"), StringComparison.Ordinal);

        // At the final dot smtp-sink has written the message before it fails.
        Assert.True(stage == "." || sink.Messages().Count == 0);
        await node.StopAsync();
    }

    [Fact]
    public async Task An_unreachable_next_hop_defers_the_message()
    {
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, $"Relay:Routes:gone.test={Loopback.Next()}:4025");
        await using var talk = await RawClient.ConnectAsync(node.Smtp);
        await talk.AnswerAsync();
        await talk.AskAsync("EHLO people.test");
        await talk.AskAsync("MAIL FROM:<friend@people.test>");

        Assert.StartsWith("451 4.4.1 ", await talk.AskAsync("RCPT TO:<someone@gone.test>"), StringComparison.Ordinal);
        await node.StopAsync();
    }

    [NeedsFact("root", "smtp-sink")]
    public async Task A_restarted_next_hop_gets_a_new_session()
    {
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"));
        await using var talk = await RawClient.ConnectAsync(node.Smtp);
        await talk.AnswerAsync();
        await talk.AskAsync("EHLO people.test");
        for (var message = 0; message < 3; message++)
        {
            await talk.AskAsync("MAIL FROM:<friend@people.test>");
            Assert.StartsWith("250 ", await talk.AskAsync("RCPT TO:<someone@sink.test>"), StringComparison.Ordinal);
            if (message > 0)
            {
                await sink.RestartAsync();
            }

            Assert.StartsWith("354", await talk.AskAsync("DATA"), StringComparison.Ordinal);
            Assert.StartsWith("250 ", await talk.AskAsync("Subject: hello\r\n\r\nhello\r\n."), StringComparison.Ordinal);
            await sink.RestartAsync();
        }

        Assert.Equal(3, sink.Messages().Count);
        await node.StopAsync();
    }
}
