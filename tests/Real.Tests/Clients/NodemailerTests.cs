using System.Net;
using System.Text.Json;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Clients;

/// <summary>nodemailer, the mail client of most web applications.</summary>
public sealed class NodemailerTests
{
    // Arguments: host, port; the message comes as JSON. Prints the result.
    private const string Script = """
        const [host, port] = process.argv.slice(1);
        const transport = require('nodemailer').createTransport({ host, port, tls: { rejectUnauthorized: false } });
        transport.sendMail(JSON.parse(require('fs').readFileSync(0, 'utf8'))).then(
          sent => console.log('sent: ' + sent.response),
          error => console.log('failed: ' + (error.response || error)));
        """;

    [NeedsFact("node", "npm:nodemailer", "npm:smtp-server")]
    public async Task An_attachment_over_the_memory_limit_arrives_whole_and_leaves_no_file()
    {
        var attachment = new byte[1 << 20];
        new Random(1).NextBytes(attachment);
        await using var mailbox = await MailboxServer.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, mailbox.Route("mailbox.test"));

        var result = await SendAsync(node, new
        {
            from = "app@people.test",
            to = new[] { "ann@mailbox.test", "bob@mailbox.test" },
            subject = "the report",
            text = "see the attachment",
            attachments = new[] { new { filename = "report.bin", content = Convert.ToBase64String(attachment), encoding = "base64" } },
        });

        Assert.StartsWith("sent: 250 ", result, StringComparison.Ordinal);
        var mail = await mailbox.MessageAsync();
        Assert.Equal(["ann@mailbox.test", "bob@mailbox.test"], mail.To);
        Assert.Contains("\r\n\r\n" + Convert.ToBase64String(attachment, Base64FormattingOptions.InsertLineBreaks) + "\r\n", mail.Text, StringComparison.Ordinal);
        Assert.Contains(") with ESMTPS id ", mail.Text, StringComparison.Ordinal);
        Assert.Equal(IPAddress.Loopback.ToString(), mail.Client);
        Assert.Empty(Directory.GetFiles(folder.File("data/spool")));
        await node.StopAsync();
    }

    [NeedsFact("node", "npm:nodemailer", "npm:smtp-server")]
    public async Task Addresses_in_any_script_pass_to_a_next_hop_with_SMTPUTF8()
    {
        await using var mailbox = await MailboxServer.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, mailbox.Route("mailbox.test"));

        var result = await SendAsync(node, new { from = "jürgen@people.test", to = "用户@mailbox.test", subject = "Grüße", text = "日本" });

        Assert.StartsWith("sent: 250 ", result, StringComparison.Ordinal);
        var mail = await mailbox.MessageAsync();
        Assert.Equal("jürgen@people.test", mail.From);
        Assert.Equal("用户@mailbox.test", Assert.Single(mail.To));
        Assert.Contains(") with UTF8SMTPS id ", mail.Text, StringComparison.Ordinal);
        await node.StopAsync();
    }

    [NeedsFact("root", "node", "npm:nodemailer", "smtp-sink")]
    public async Task Addresses_in_any_script_are_refused_for_a_next_hop_without_SMTPUTF8()
    {
        await using var sink = await SmtpSink.StartAsync();
        using var folder = new TemporaryFolder();
        await using var node = await NodeProcess.StartAsync(folder, sink.Route("sink.test"));

        var result = await SendAsync(node, new { from = "friend@people.test", to = "用户@sink.test", subject = "hello", text = "hello" });

        Assert.StartsWith("failed: 553 5.6.7", result, StringComparison.Ordinal);
        Assert.Empty(sink.Messages());
        await node.StopAsync();
    }

    private static async Task<string> SendAsync(NodeProcess node, object message)
    {
        var result = await Tool.RunAsync("node", ["--eval", Script, node.SmtpHost, node.SmtpPort], JsonSerializer.Serialize(message), workingFolder: Needs.ScriptFolder);
        return result.Expect(0).Output;
    }
}
