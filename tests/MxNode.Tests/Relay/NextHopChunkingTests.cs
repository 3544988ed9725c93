using System.Text;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>Texts that go to a next hop by BDAT (RFC 3030), and those that do not.</summary>
public sealed class NextHopChunkingTests
{
    private const string Text = "Subject: x\r\n\r\n.\r\n..\r\nMAIL FROM:<evil@alice.test>\r\nQUIT\r\n.\r\n";

    private static readonly string[] Offers = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "CHUNKING", "BINARYMIME"];

    [Theory]
    [InlineData(Text, "")]
    [InlineData("Subject: x\r\n\r\nno end of line", "\r\n")]
    [InlineData("Subject: x\r\n\r\nhalf an end\r", "\r\n")]
    [InlineData("", "\r\n")]
    public async Task A_session_sends_a_line_of_our_own_first_and_then_each_text_in_one_chunk(string text, string added)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = Offers };

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(250, (await rig.SendAsync(hop, text)).Result!.Reply.Code);
        }

        var octets = text.Length + added.Length;
        Assert.Equal(
            [$"BDAT {RelayRig.Header.Length}", $"BDAT {octets} LAST", $"BDAT {RelayRig.Header.Length + octets} LAST", $"BDAT {RelayRig.Header.Length + octets} LAST"],
            hop.Commands(0).Where(c => c.StartsWith("BDAT", StringComparison.Ordinal)));
        Assert.Equal(1, hop.Connections);
        Assert.DoesNotContain("RSET", hop.Commands(0));
        Assert.Equal(3, hop.Messages.Count);
        Assert.All(hop.Messages, m => Assert.Equal(Encoding.ASCII.GetString(RelayRig.Header) + text + added, Encoding.ASCII.GetString(m.Content)));
    }

    [Fact]
    public async Task A_text_of_eight_bits_is_declared_8BITMIME_and_never_BINARYMIME()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = Offers };
        var mail = new MailCommand(RelayRig.At("a@alice.test"), null, BodyType.EightBitMime, false);

        Assert.Equal(250, (await rig.SendAsync(RelayRig.To(hop), "Subject: x\r\n\r\nh\u00e9\r\n", mail)).Result!.Reply.Code);

        var message = Assert.Single(hop.Messages);
        Assert.Equal("MAIL FROM:<a@alice.test> BODY=8BITMIME", message.Mail);
        Assert.True(message.ByBdat);
        Assert.EndsWith("h\u00e9\r\n", Encoding.UTF8.GetString(message.Content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true, 10, true)]
    [InlineData(false, true, 10, false)]
    [InlineData(true, false, 10, false)]
    [InlineData(true, true, 100_000, false)]
    public async Task BDAT_is_for_texts_in_memory_where_it_is_offered_and_not_switched_off(bool offered, bool on, int lines, bool byBdat)
    {
        await using var rig = new RelayRig(new RelayOptions { AllowPrivateDestinations = true, Chunking = on });
        await using var hop = new ScriptedHop { Offers = offered ? Offers : ["PIPELINING"] };
        await using var transaction = rig.Begin(hop);
        Assert.True((await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com"), default))[0].IsPositive);
        await using var text = rig.Text(string.Concat(Enumerable.Repeat(".a line\r\n", lines)));
        if (text.IsFull)
        {
            await text.SpillAsync();
        }

        Assert.Equal(250, (await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default)).Reply.Code);

        var message = Assert.Single(hop.Messages);
        Assert.Equal(byBdat, message.ByBdat);
        Assert.Equal(RelayRig.Header.Length + (9 * lines), message.Content.Length);
    }

    [Fact]
    public async Task A_next_hop_that_takes_chunks_for_commands_sees_nothing_of_the_text_and_gets_it_by_DATA()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = Offers, KnowsBdat = false };

        Assert.Equal(250, (await rig.SendAsync(hop, Text)).Result!.Reply.Code);
        Assert.Equal(250, (await rig.SendAsync(hop, Text)).Result!.Reply.Code);

        Assert.Equal(2, hop.Messages.Count);
        Assert.All(hop.Messages, m => Assert.False(m.ByBdat));
        Assert.DoesNotContain(hop.Log, l => l.Contains("evil", StringComparison.Ordinal));
        Assert.Single(hop.Log, l => l.Contains(" BDAT ", StringComparison.Ordinal));
        Assert.Single(rig.Log.Lines, l => l.Event == 3015);
    }

    [Theory]
    [InlineData("552 5.3.4 too big")]
    [InlineData("451 4.3.0 later")]
    [InlineData("550 5.7.1 no")]
    public async Task A_chunk_that_is_refused_in_the_middle_is_the_answer_and_the_session_goes_on(string said)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = Offers };
        var isRefused = true;
        hop.Script = (step, _) => isRefused && step.StartsWith("BDAT", StringComparison.Ordinal) ? HopAction.Say(said) : null;

        var (_, result) = await rig.SendAsync(hop);
        isRefused = false;
        var (_, next) = await rig.SendAsync(hop);

        Assert.Equal(said[..9], $"{result!.Reply.Code} {result.Reply.Status}");
        Assert.EndsWith($"said: {said[10..]}", result.Reply.Lines[0], StringComparison.Ordinal);
        Assert.Equal(250, next!.Reply.Code);
        Assert.Single(hop.Messages);
        Assert.Equal(1, hop.Connections);
        Assert.Contains("RSET", hop.Commands(0));
    }

    [Fact]
    public async Task A_last_chunk_that_is_refused_is_the_answer_and_the_session_goes_on()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = Offers };
        var isRefused = true;
        hop.Script = (step, _) => isRefused && step.EndsWith("LAST", StringComparison.Ordinal) ? HopAction.Say("554 5.7.1 spam") : null;

        var (_, result) = await rig.SendAsync(hop);
        isRefused = false;
        var (_, next) = await rig.SendAsync(hop);

        Assert.Equal((554, false), (result!.Reply.Code, result.PossibleDuplicate));
        Assert.Equal(250, next!.Reply.Code);
        Assert.Single(hop.Messages);
        Assert.Equal(1, hop.Connections);
        Assert.Contains("RSET", hop.Commands(0));
    }

    [Theory]
    [InlineData("RCPT TO:<bob@example.com>", "250 2.1.5 ok")]
    [InlineData("BDAT 52", null)]
    [InlineData("BDAT 52", "421 4.3.2 bye")]
    public async Task A_session_that_ends_before_the_last_chunk_is_replaced_and_the_message_is_sent_once(string at, string? said)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = Offers };
        Assert.Equal(52, RelayRig.Header.Length);
        hop.Script = (step, number) => number > 0 || step != at ? null : said is null ? HopAction.Vanish : HopAction.SayAndHangUp(said);

        var (_, result) = await rig.SendAsync(hop);

        Assert.Equal((250, false), (result!.Reply.Code, result.PossibleDuplicate));
        Assert.Equal(1, Assert.Single(hop.Messages).Connection);
    }

    [Fact]
    public async Task A_second_reply_to_the_first_chunk_is_not_taken_for_the_reply_to_the_text()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = Offers };
        hop.Script = (step, _) => step == "BDAT 52" ? HopAction.Raw("250 2.0.0 taken\r\n250 2.0.0 and one more\r\n", isPositive: true)
            : step.EndsWith("LAST", StringComparison.Ordinal) ? HopAction.Say("554 5.7.1 spam") : null;

        var (_, result) = await rig.SendAsync(hop);

        Assert.Equal(("451 4.5.0", false), ($"{result!.Reply.Code} {result.Reply.Status}", result.PossibleDuplicate));
        Assert.Empty(hop.Messages);
    }

    [Fact]
    public async Task A_session_that_ends_before_the_last_chunk_is_answered_may_leave_a_duplicate()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = Offers };
        hop.Script = (step, _) => step.EndsWith("LAST", StringComparison.Ordinal) ? HopAction.Vanish : null;

        var (_, result) = await rig.SendAsync(hop);

        Assert.Equal((451, true), (result!.Reply.Code, result.PossibleDuplicate));
        Assert.Equal(1, hop.Connections);
    }
}
