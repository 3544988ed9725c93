using System.Text;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>The Received field (RFC 5321, section 4.4).</summary>
public sealed class ReceivedHeaderTests
{
    [Fact]
    public async Task The_field_names_client_node_protocol_recipient_and_time()
    {
        var header = await HeaderAsync("EHLO mail.client.test", "bob@example.com");
        Assert.Matches(
            "^Received: from mail\\.client\\.test \\(unknown \\[127\\.0\\.0\\.1\\]\\)\r\n"
                + "\tby a\\.node\\.test \\(ThrottleNet\\) with ESMTP id [0-9a-f]{10,}\r\n"
                + "\tfor <bob@example\\.com>;\r\n"
                + "\tThu, 1 Jan 2026 00:00:00 \\+0000\r\n$",
            header);
    }

    [Fact]
    public async Task With_HELO_the_protocol_is_SMTP()
    {
        Assert.Contains(" with SMTP id ", await HeaderAsync("HELO mail.client.test", "bob@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recipient_is_named_only_if_it_was_the_only_one_tried()
    {
        Assert.DoesNotContain("for <", await HeaderAsync("EHLO mail.client.test", "bob@example.com", "ann@example.com"), StringComparison.Ordinal);
        Assert.DoesNotContain("for <", await HeaderAsync("EHLO mail.client.test", "bob@example.com", "ann@foreign.test"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EHLO [192.0.2.1]", "from [192.0.2.1] (")]
    [InlineData("EHLO [(;\"<evil>\"@`x`)]", "from [_;__evil__@`x`_] (")]
    [InlineData("EHLO _under_score", "from _under_score (")]
    public async Task A_hostile_HELO_name_cannot_break_the_field(string hello, string from)
    {
        var header = await HeaderAsync(hello, "bob@example.com");
        Assert.Contains(from, header, StringComparison.Ordinal);
        Assert.Equal(4, header.Split("\r\n").Length - 1);
    }

    private static async Task<string> HeaderAsync(string hello, params string[] recipients)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">" + hello, "<250", ">MAIL FROM:<alice@client.test>", "<250");
        foreach (var recipient in recipients)
        {
            await client.TalkAsync($">RCPT TO:<{recipient}>", recipient.EndsWith("foreign.test", StringComparison.Ordinal) ? "<550" : "<250");
        }

        await client.TalkAsync(">DATA", "<354", ">Subject: x\r\n\r\nhello\r\n.", "<250");
        var text = Encoding.ASCII.GetString(Assert.Single(rig.Hop.Messages).Content);
        return text[..text.IndexOf("Subject: x", StringComparison.Ordinal)];
    }
}
