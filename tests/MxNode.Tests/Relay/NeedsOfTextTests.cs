using System.Text;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>Messages that need 8BITMIME or SMTPUTF8, and next hops that do or do not offer it.</summary>
public sealed class NeedsOfTextTests
{
    private const string Ascii = "Subject: hi\r\n\r\nhello\r\n";
    private const string EightBit = "Subject: hi\r\n\r\nh\u00e9llo\r\n";
    private const string EightBitHeader = "Subject: h\u00ef\r\n\r\nhello\r\n";

    [Theory]
    [InlineData(Ascii, true)]
    [InlineData(EightBit, true)]
    [InlineData(Ascii, false)]
    [InlineData(EightBit, false)]
    public async Task A_next_hop_without_8BITMIME_gets_the_text_unchanged_if_it_is_the_only_one(string content, bool extended)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = ["PIPELINING"] };
        hop.Script = (step, _) => !extended && step.StartsWith("EHLO", StringComparison.Ordinal) ? HopAction.Say("502 what?") : null;

        var result = await SendAsync(rig, RelayRig.To(hop), content, new MailCommand(RelayRig.At("a@alice.test"), null, BodyType.EightBitMime, false));

        Assert.Equal(250, result.Code);
        var message = Assert.Single(hop.Messages);
        Assert.Equal("MAIL FROM:<a@alice.test>", message.Mail);
        Assert.EndsWith(content, Encoding.Latin1.GetString(message.Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_needs_8BITMIME_goes_to_the_MX_that_has_it_and_others_to_the_first()
    {
        await using var rig = new RelayRig();
        await using var first = new ScriptedHop { Offers = ["PIPELINING"] };
        await using var second = new ScriptedHop { Offers = ["8BITMIME"] };
        var mail = new MailCommand(RelayRig.At("a@alice.test"), null, BodyType.EightBitMime, false);

        Assert.Equal(250, (await SendAsync(rig, RelayRig.To(first, second), EightBit, mail)).Code);
        Assert.Equal(250, (await SendAsync(rig, RelayRig.To(first, second), Ascii, mail)).Code);

        Assert.Equal("MAIL FROM:<a@alice.test> BODY=8BITMIME", Assert.Single(second.Messages).Mail);
        Assert.Equal("MAIL FROM:<a@alice.test>", Assert.Single(first.Messages).Mail);
    }

    [Fact]
    public async Task An_unneeded_SMTPUTF8_is_dropped()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = ["8BITMIME"] };

        Assert.Equal(250, (await SendAsync(rig, RelayRig.To(hop), Ascii, new MailCommand(RelayRig.At("a@xn--bcher-kva.test"), null, BodyType.SevenBit, true))).Code);
        Assert.Equal(250, (await SendAsync(rig, RelayRig.To(hop), EightBit, new MailCommand(null, null, BodyType.EightBitMime, true))).Code);

        Assert.Equal(["MAIL FROM:<a@xn--bcher-kva.test>", "MAIL FROM:<> BODY=8BITMIME"], hop.Messages.Select(m => m.Mail));
    }

    [Theory]
    [InlineData("\u00e4@alice.test", "bob@example.com", Ascii)]
    [InlineData("a@alice.test", "b\u00f6b@example.com", Ascii)]
    [InlineData("a@alice.test", "bob@example.com", EightBitHeader)]
    public async Task A_message_that_needs_SMTPUTF8_is_refused_only_if_no_MX_has_it(string sender, string recipient, string content)
    {
        await using var rig = new RelayRig();
        await using var without = new ScriptedHop { Offers = ["8BITMIME"] };
        await using var with = new ScriptedHop { Offers = ["8BITMIME", "SMTPUTF8"] };
        var mail = new MailCommand(RelayRig.At(sender), null, BodyType.EightBitMime, true);

        Assert.Equal(250, (await SendAsync(rig, RelayRig.To(without, with), content, mail, recipient)).Code);
        Assert.Empty(without.Messages);
        Assert.EndsWith("SMTPUTF8", Assert.Single(with.Messages).Mail, StringComparison.Ordinal);

        var refused = await SendAsync(rig, RelayRig.To(without), content, mail, recipient);
        Assert.Contains(refused.ToString()[..9], new[] { "553 5.6.7", "554 5.6.9" });
        Assert.Empty(without.Messages);
    }

    [Theory]
    [InlineData("\u00e4@alice.test", "bob@example.com", Ascii)]
    [InlineData("a@alice.test", "b\u00f6b@example.com", Ascii)]
    [InlineData("a@alice.test", "bob@example.com", EightBitHeader)]
    public async Task While_an_MX_gives_no_session_a_message_that_needs_SMTPUTF8_is_deferred(string sender, string recipient, string content)
    {
        await using var rig = new RelayRig();
        await using var away = new ScriptedHop { Offers = ["8BITMIME", "SMTPUTF8"], Script = (step, _) => step == "greeting" ? HopAction.SayAndHangUp("421 4.3.2 later") : null };
        await using var without = new ScriptedHop { Offers = ["8BITMIME"] };
        var mail = new MailCommand(RelayRig.At(sender), null, BodyType.EightBitMime, true);

        foreach (var hops in new[] { RelayRig.To(away, without), RelayRig.To(without, away) })
        {
            Assert.Equal(451, (await SendAsync(rig, hops, content, mail, recipient)).Code);
        }

        Assert.Empty(without.Messages);
        away.Script = (_, _) => null;
        Assert.Equal(250, (await SendAsync(rig, RelayRig.To(without, away), content, mail, recipient)).Code);
        Assert.Single(away.Messages);
    }

    [Fact]
    public async Task Where_no_MX_has_SMTPUTF8_the_recipients_that_are_ASCII_get_the_message()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop { Offers = ["PIPELINING"] };
        await using var transaction = rig.Begin(hop, RelayRig.MailFrom("a@alice.test") with { SmtpUtf8 = true });

        var answers = await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com", "b\u00f6b@example.com", "ann@example.com"), default);
        var later = await transaction.AddRecipientsAsync(RelayRig.Recipients("\u00e4nn@example.com", "cleo@example.com"), default);

        Assert.Equal([250, 553, 250], answers.Select(a => a.Code));
        Assert.Equal([553, 250], later.Select(a => a.Code));
        await using var text = rig.Text(Ascii);
        Assert.Equal(250, (await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default)).Reply.Code);
        Assert.Equal(3, Assert.Single(hop.Messages).Recipients.Count);
    }

    private static async Task<SmtpReply> SendAsync(RelayRig rig, Destination destination, string content, MailCommand mail, string recipient = "bob@example.com")
    {
        await using var transaction = rig.Begin(destination, mail);
        var rcpt = (await transaction.AddRecipientsAsync(RelayRig.Recipients(recipient), default))[0];
        if (!rcpt.IsPositive)
        {
            return rcpt;
        }

        await using var text = rig.Text(Encoding.Latin1.GetBytes(content));
        var facts = new TextFacts(content.Any(c => c > 127), content[..content.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Any(c => c > 127));
        return (await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text, facts), default)).Reply;
    }
}
