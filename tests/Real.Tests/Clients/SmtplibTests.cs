using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Clients;

/// <summary>Python's smtplib, the mail client of most scripts.</summary>
public sealed class SmtplibTests
{
    [NeedsFact("root", "python3", "smtp-sink")]
    public async Task Several_messages_pass_in_one_session_and_each_recipient_has_its_own_reply()
    {
        // Arguments: host, port.
        const string Script = """
            import smtplib, ssl, sys
            from email.message import EmailMessage
            message = EmailMessage()
            message['From'], message['To'], message['Subject'] = 'script@people.test', 'ann@sink.test', 'Grüße'
            message.set_content('.\n..\nlate news\n' + 'x' * 900 + '\n', cte='8bit')
            anyone = ssl._create_unverified_context()
            with smtplib.SMTP(sys.argv[1], int(sys.argv[2])) as server:
                server.starttls(context=anyone)
                print(server.send_message(message))
                print(server.sendmail('script@people.test', ['ann@sink.test', 'bob@no[where].test', 'cleo@sink.test'], 'Subject: two\r\n\r\ntwo\r\n'))
                print(server.verify('ann@sink.test'))
                print(server.noop())
                server.rset()
                print(server.mail('script@people.test', ['SIZE=999999999']))
            """;
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"));

        var result = await Tool.RunAsync("python3", ["-", node.SmtpHost, node.SmtpPort], Script);

        var lines = result.Expect(0).Output.Split('\n');
        Assert.Equal("{}", lines[0]);
        Assert.StartsWith("{'bob@no[where].test': (501, b'5.1.3 ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("(252, ", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("(250, ", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("(552, b'5.3.4 ", lines[4], StringComparison.Ordinal);
        var messages = sink.Messages();
        Assert.Equal(2, messages.Count);
        Assert.Contains(messages, m => m.Contains($"\n\n.\n..\nlate news\n{new string('x', 900)}\n", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.Contains("X-Rcpt-Args: <ann@sink.test>\nX-Rcpt-Args: <cleo@sink.test>\n", StringComparison.Ordinal));
        await node.StopAsync();
    }
}
