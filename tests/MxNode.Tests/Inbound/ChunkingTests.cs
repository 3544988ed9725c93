using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Tests.Relay;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Texts in chunks (RFC 3030).</summary>
public sealed class ChunkingTests
{
    private const string Envelope = "MAIL FROM:<alice@client.test>\r\nRCPT TO:<bob@example.com>\r\n";

    [Theory]
    [InlineData("Subject: x\r\n\r\nhello\r\n")]
    [InlineData("Subject: x\r\n\r\n.\r\n..\r\nMAIL FROM:<evil@client.test>\r\n.\r\n")]
    [InlineData("Subject: x\r\n\r\n\u00e4\0\t")]
    public async Task One_chunk_carries_the_text_as_it_is(string text)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync($"{Envelope}BDAT {text.Length} LAST\r\n{text}QUIT\r\n");
        await client.TalkAsync("<250", "<250", "<250 2.0.0 queued", "<221");
        Assert.EndsWith("+0000\r\n" + text + (text.EndsWith('\n') ? "" : "\r\n"), Encoding.Latin1.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Chunks_of_any_size_make_one_text(int size)
    {
        await using var rig = await InboundRig.StartAsync();
        var text = size == 100_000 ? string.Concat(Enumerable.Repeat("0123456789abcdef\r\n", 30_000)) : "Subject: x\r\n\r\nhello\r\n.\r\nbye\r\n";
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync(Envelope);
        await client.TalkAsync("<250", "<250");
        for (var at = 0; at < text.Length; at += size)
        {
            var chunk = text.Substring(at, Math.Min(size, text.Length - at));
            await client.SendAsync($"BDAT {chunk.Length}\r\n{chunk}");
            await client.TalkAsync("<250 2.0.0 chunk");
        }

        await client.TalkAsync(">BDAT 0 LAST", "<250 2.0.0 queued", ">BDAT 0 LAST", "<503 5.5.1");
        Assert.EndsWith("+0000\r\n" + text, Encoding.Latin1.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_octets_of_a_refused_chunk_are_not_read_as_commands()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step == "RCPT TO:<dead@example.com>" ? HopAction.Say("550 5.1.1 who") : null;
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220");
        await client.SendAsync("BDAT 6 LAST\r\nQUIT\r\n");
        await client.TalkAsync("<503 5.5.1", ">EHLO client.test", "<250");
        await client.SendAsync("BDAT 6 LAST\r\nQUIT\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<dead@example.com>\r\nBDAT 6 LAST\r\nQUIT\r\nRSET\r\n");
        await client.TalkAsync("<503 5.5.1", "<250", "<550 5.1.1", "<503 5.5.1", "<250");
        Assert.Empty(rig.Hop.Messages);
    }

    [Fact]
    public async Task Between_chunks_RCPT_DATA_and_MAIL_are_refused_and_RSET_ends_the_transaction()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync(Envelope + "BDAT 5\r\nhelloRCPT TO:<ann@example.com>\r\nDATA\r\n");
        await client.TalkAsync("<250", "<250", "<250", "<503", "<503", ">MAIL FROM:<>", "<503", ">NOOP", "<250", ">RSET", "<250");
        await client.SendAsync(Envelope + "BDAT 5 LAST\r\nother");
        await client.TalkAsync("<250", "<250", "<250");
        Assert.EndsWith("+0000\r\nother\r\n", Encoding.Latin1.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_over_the_size_limit_is_552_and_later_chunks_are_503()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxMessageSize = 100_000 } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync(Envelope);
        await client.TalkAsync("<250", "<250");
        var chunk = "BDAT 60000\r\n" + new string('x', 60_000);
        await client.SendAsync(chunk + chunk + chunk + "BDAT 0 LAST\r\nNOOP\r\n");
        await client.TalkAsync("<250", "<552 5.3.4", "<503", "<503", "<250");
        Assert.Empty(rig.Hop.Messages);
    }

    [Theory]
    [InlineData("BDAT\r\n")]
    [InlineData("BDAT x\r\n")]
    [InlineData("BDAT -1 LAST\r\n")]
    [InlineData("BDAT 5 FIRST\r\nhello")]
    public async Task A_chunk_without_a_size_ends_the_session(string octets)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        await client.SendAsync(octets);
        await client.TalkAsync("<421 4.7.0");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_client_that_disconnects_within_or_between_chunks_has_nothing_sent()
    {
        await using var rig = await InboundRig.StartAsync();
        var within = await rig.ConnectAsync();
        await within.EnvelopeAsync();
        await within.SendAsync("BDAT 100 LAST\r\nhello");
        within.Vanish();
        var between = await rig.ConnectAsync();
        await between.EnvelopeAsync();
        await between.SendAsync("BDAT 5\r\nhello");
        await between.TalkAsync("<250");
        between.Vanish();
        await rig.SessionsAsync(2);
        Assert.Empty(rig.Hop.Messages);
    }

    [Fact]
    public async Task Bare_line_ends_in_chunks_become_CRLF_too()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync(Envelope + "BDAT 4\r\na\n.\rBDAT 3\r\n\nb\rBDAT 1 LAST\r\nc");
        await client.TalkAsync("<250", "<250", "<250", "<250", "<250");
        Assert.EndsWith("+0000\r\na\r\n.\r\nb\r\nc\r\n", Encoding.Latin1.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Small_chunks_take_no_more_memory_than_a_text_after_DATA()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        var chunk = "BDAT 8000\r\n" + new string('x', 7998) + "\r\n";
        for (var i = 0; i < 50; i++)
        {
            await client.SendAsync(chunk);
            await client.TalkAsync("<250 2.0.0 chunk");
        }

        Assert.InRange(rig.Node.Services.GetRequiredService<TextStore>().Memory, 0, 128 * 1024);
        await client.TalkAsync(">BDAT 0 LAST", "<250 2.0.0 queued");
        Assert.True(Assert.Single(rig.Hop.Messages).Content.Length > 50 * 8000);
    }

    [Theory]
    [InlineData("BDAT 0\r\n")]
    [InlineData("BDAT 1\r\nx")]
    public async Task Endless_chunks_end_at_the_time_limit_of_a_text(string chunk)
    {
        var time = TimeSpan.FromHours(1);
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { TextTimeout = time, IdleTimeout = 2 * time } });
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        await client.SendAsync(chunk);
        await client.TalkAsync("<250 2.0.0 chunk");
        rig.Clock.Advance(time);
        await client.SendAsync(chunk);
        await client.TalkAsync("<421 4.4.2");
        await client.ExpectEndAsync();
        Assert.Empty(rig.Hop.Messages);
    }
}
