
namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Commands that come in groups (RFC 2920).</summary>
public sealed class PipeliningTests
{
    private const string Session =
        "HELO client.test\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<ann@example.com>\r\nRCPT TO:<nobody@example.com>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n";

    private const string Text = "hello\r\n..\r\n.\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<bob@example.com>\r\nRSET\r\nQUIT\r\n";

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task A_session_is_the_same_in_one_packet_and_in_pieces(int piece)
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step == "RCPT TO:<nobody@example.com>" ? HopAction.Say("550 5.1.1 who") : null;
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220");
        await SendInPiecesAsync(client, Session, piece);
        await client.TalkAsync("<250", "<250", "<250", "<550 5.1.1", "<250", "<354");
        await SendInPiecesAsync(client, Text, piece);
        await client.TalkAsync("<250", "<250", "<250", "<250", "<221");
        await client.ExpectEndAsync();
        Assert.Equal(2, Assert.Single(rig.Hop.Messages).Recipients.Count);
    }

    [Fact]
    public async Task Pipelined_recipients_share_one_hold_and_are_pipelined_to_the_next_hop()
    {
        var hold = TimeSpan.FromSeconds(3);
        await using var rig = await InboundRig.StartAsync(c => c with { Throttle = c.Throttle with { Hold = hold } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync("MAIL FROM:<a@client.test>\r\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"RCPT TO:<r{i}@example.com>\r\n")) + "DATA\r\n");
        await rig.Clock.UntilSetAsync(hold);
        await client.TalkAsync("<250 2.1.0");
        Assert.False(client.HasReply);
        Assert.Equal(0, rig.Hop.Connections);
        rig.Clock.Advance(hold);
        await client.TalkAsync([.. Enumerable.Repeat("<250 2.1.5", 20), "<354"]);
        await client.TalkAsync(">hello\r\n.", "<250");
    }

    [Fact]
    public async Task Recipients_of_later_groups_share_one_more_hold_before_354()
    {
        var hold = TimeSpan.FromSeconds(3);
        await using var rig = await InboundRig.StartAsync(c => c with { Throttle = c.Throttle with { Hold = hold } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<ann@example.com>");
        await rig.Clock.PassAsync(hold);
        await client.TalkAsync("<250");
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        await client.TalkAsync(">RCPT TO:<bob@example.com>", "<250", ">RCPT TO:<cleo@example.com>", "<250", ">DATA");
        await rig.Clock.UntilSetAsync(hold);
        Assert.False(client.HasReply);
        rig.Clock.Advance(hold);
        await client.TalkAsync("<354", ">hello\r\n.", "<250");
    }

    [Fact]
    public async Task A_second_transaction_has_its_own_hold()
    {
        var hold = TimeSpan.FromSeconds(3);
        await using var rig = await InboundRig.StartAsync(c => c with { Throttle = c.Throttle with { Hold = hold } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        for (var i = 0; i < 2; i++)
        {
            await client.TalkAsync(">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<ann@example.com>");
            await rig.Clock.UntilSetAsync(hold);
            Assert.False(client.HasReply);
            rig.Clock.Advance(hold);
            await client.TalkAsync("<250", ">DATA", "<354", ">hello\r\n.", "<250");
        }
    }

    private static async Task SendInPiecesAsync(RawClient client, string octets, int piece)
    {
        for (var at = 0; at < octets.Length;)
        {
            var length = Math.Min(piece, octets.Length - at);
            await client.SendAsync(octets.Substring(at, length));
            at += length;
        }
    }
}
