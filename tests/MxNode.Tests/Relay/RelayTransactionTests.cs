using System.Text;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Relay;

public sealed class RelayTransactionTests
{
    private static readonly string[] Plain = ["SIZE 1000000000", "8BITMIME", "SMTPUTF8"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_next_hops_replies_are_the_replies_to_the_client(bool pipelining)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Offers = pipelining ? hop.Offers : Plain;
        hop.Script = (step, _) =>
            step.Contains("<bob@", StringComparison.Ordinal) ? HopAction.Say("250 2.1.5 bob is fine")
            : step.Contains("<nobody@", StringComparison.Ordinal) ? HopAction.Say("550 5.1.1 no such user")
            : step.Contains("<full@", StringComparison.Ordinal) ? HopAction.Say("452 4.2.2 mailbox full")
            : step.Contains("<old@", StringComparison.Ordinal) ? HopAction.Say("251 will forward")
            : step == "dot" ? HopAction.Say("250 queued as 4711")
            : null;
        await using var transaction = rig.Begin(hop);

        var answers = await transaction.AddRecipientsAsync(
            RelayRig.Recipients("bob@example.com", "nobody@example.com", "full@example.com", "old@example.com"), default);

        var name = $"127.0.0.1[127.0.0.1]:{hop.EndPoint.Port}";
        Assert.Equal(name, transaction.NextHop);
        Assert.Equal(
            ["250 2.1.5 bob is fine", $"550 5.1.1 {name} said: no such user", $"452 4.2.2 {name} said: mailbox full", "250 2.1.5 will forward"],
            answers.Select(answer => answer.ToString()));

        var more = await transaction.AddRecipientsAsync(RelayRig.Recipients("carol@example.com"), default);
        Assert.True(Assert.Single(more).IsPositive);

        await using var text = rig.Text("Subject: hi\r\n\r\n.dot\r\n");
        var result = await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default);

        Assert.Equal("250 2.0.0 queued as 4711", result.Reply.ToString());
        Assert.Equal(name, result.NextHop);
        Assert.Equal(RelayRig.Header.Length + text.Length, result.Bytes);
        Assert.Null(result.Tls);
        Assert.False(result.PossibleDuplicate);
        var message = Assert.Single(hop.Messages);
        Assert.Equal("MAIL FROM:<alice@alice.test>", message.Mail);
        Assert.Equal(["RCPT TO:<bob@example.com>", "RCPT TO:<old@example.com>", "RCPT TO:<carol@example.com>"], message.Recipients);
        Assert.Equal(Encoding.ASCII.GetString(RelayRig.Header) + "Subject: hi\r\n\r\n.dot\r\n", Encoding.ASCII.GetString(message.Content));
    }

    [Fact]
    public async Task All_recipients_of_a_group_share_one_deadline()
    {
        await using var rig = new RelayRig(new RelayOptions { AllowPrivateDestinations = true });
        await using var hop = new ScriptedHop();

        // Each reply is within its own timeout; all together they are not within the group's.
        hop.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal)
            ? After(rig, TimeSpan.FromSeconds(90), "250 2.1.5 fine")
            : null;
        await using var transaction = rig.Begin(hop);

        var answers = await transaction.AddRecipientsAsync(RelayRig.Recipients("a@example.com", "b@example.com", "c@example.com"), default)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(3, answers.Count);
        Assert.All(answers, answer => Assert.StartsWith("451 4.4.1", answer.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_time_used_before_the_final_dot_is_subtracted_from_the_wait_for_its_reply()
    {
        await using var rig = new RelayRig(new RelayOptions { AllowPrivateDestinations = true, CommandTimeout = TimeSpan.FromHours(1) });
        await using var hop = new ScriptedHop();
        hop.Script = (step, _) => step switch
        {
            "DATA" => After(rig, TimeSpan.FromSeconds(400), "354 go on"),
            "dot" => HopAction.Stall,
            _ => null,
        };
        var from = rig.Clock.GetUtcNow();
        var sending = rig.SendAsync(hop);
        await hop.Stalled;
        await rig.Clock.UntilWaitingAsync();
        rig.Clock.Advance(new RelayOptions().FinalDotTimeout - TimeSpan.FromSeconds(400));

        var result = (await sending.WaitAsync(TimeSpan.FromSeconds(60))).Result!;
        Assert.Equal((451, true), (result.Reply.Code, result.PossibleDuplicate));
        Assert.Equal(new RelayOptions().FinalDotTimeout, rig.Clock.GetUtcNow() - from);
    }

    [Fact]
    public async Task Bodies_of_sizes_around_the_memory_limit_are_sent_unchanged()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        foreach (var size in new[] { 0, 2, 1000, 32766, 32768, 65534, 65535, 65536, 65537, 65600, 131072, 300_000 })
        {
            var content = RandomText(random, size);
            await using var transaction = rig.Begin(hop);
            await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com"), default);
            await using var text = rig.Text(content);
            var result = await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default);

            Assert.Equal("250 2.0.0 queued", result.Reply.ToString());
            Assert.True(hop.Messages.TryDequeue(out var message));
            var arrived = message.Content;
            Assert.True(arrived.AsSpan().SequenceEqual([.. RelayRig.Header, .. content]), $"seed {seed}, size {size}");
        }

        Assert.Equal(1, hop.Connections);
        Assert.Equal(0, rig.Spool.Memory);
    }

    [Fact]
    public async Task Parameters_are_sent_only_if_the_next_hop_offers_them()
    {
        await using var rig = new RelayRig();
        await using var all = new ScriptedHop();
        await using var none = new ScriptedHop { Offers = ["8BITMIME", "SMTPUTF8"] };
        var mail = new MailCommand(RelayRig.At("älice@alice.test"), 1234, BodyType.EightBitMime, SmtpUtf8: true);

        await rig.SendAsync(RelayRig.To(all), mail: mail);
        await rig.SendAsync(RelayRig.To(none), mail: mail);
        await rig.SendAsync(RelayRig.To(none), mail: new MailCommand(null, null, BodyType.SevenBit, false));

        Assert.Equal("MAIL FROM:<älice@alice.test> SIZE=1234 BODY=8BITMIME SMTPUTF8", all.Messages.Single().Mail);
        Assert.Equal(["MAIL FROM:<älice@alice.test> BODY=8BITMIME SMTPUTF8", "MAIL FROM:<>"], none.Messages.Select(m => m.Mail));
    }

    [Fact]
    public async Task DSN_parameters_are_passed_on_if_the_next_hop_offers_DSN_and_dropped_otherwise()
    {
        await using var rig = new RelayRig();
        await using var with = new ScriptedHop { Offers = ["PIPELINING", "DSN"] };
        await using var without = new ScriptedHop();
        var mail = RelayRig.MailFrom("alice@alice.test") with { Return = "HDRS", EnvelopeId = "QQ+2B1" };
        var recipient = new RcptCommand(RelayRig.At("bob@example.com")) { Notify = "SUCCESS,DELAY", OriginalRecipient = "rfc822;bob@example.org" };
        foreach (var hop in new[] { with, without })
        {
            await using var transaction = rig.Begin(hop, mail);
            Assert.True((await transaction.AddRecipientsAsync([recipient], default))[0].IsPositive);
            await using var text = rig.Text("hello\r\n");
            Assert.Equal(250, (await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default)).Reply.Code);
        }

        var message = Assert.Single(with.Messages);
        Assert.Equal(("MAIL FROM:<alice@alice.test> RET=HDRS ENVID=QQ+2B1", "RCPT TO:<bob@example.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob@example.org"), (message.Mail, message.Recipients[0]));
        message = Assert.Single(without.Messages);
        Assert.Equal(("MAIL FROM:<alice@alice.test>", "RCPT TO:<bob@example.com>"), (message.Mail, message.Recipients[0]));
        Assert.Single(rig.Log.Lines, entry => entry.Event == 3014);
    }

    [Theory]
    [InlineData(true, "550 5.7.1 not you", "550 5.7.1 127.0.0.1[127.0.0.1]:")]
    [InlineData(false, "550 5.7.1 not you", "550 5.7.1 127.0.0.1[127.0.0.1]:")]
    [InlineData(true, "450 4.7.1 later", "450 4.7.1 127.0.0.1[127.0.0.1]:")]
    [InlineData(false, "450 4.7.1 later", "450 4.7.1 ")]
    [InlineData(true, "421 4.7.1 later", "451 4.7.1 ")]
    public async Task A_refusal_of_MAIL_is_the_reply_to_every_recipient(bool pipelining, string said, string expected)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Offers = pipelining ? hop.Offers : Plain;
        hop.Script = (step, _) => step.StartsWith("MAIL", StringComparison.Ordinal) ? HopAction.Say(said) : null;
        await using var transaction = rig.Begin(hop);

        var answers = await transaction.AddRecipientsAsync(RelayRig.Recipients("a@example.com", "b@example.com"), default);
        var later = await transaction.AddRecipientsAsync(RelayRig.Recipients("c@example.com"), default);

        Assert.All([.. answers, .. later], answer => Assert.StartsWith(expected, answer.ToString(), StringComparison.Ordinal));
        Assert.Single(hop.Log, line => line.Contains("MAIL", StringComparison.Ordinal));
        await using var text = rig.Text("hello\r\n");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default));
    }

    [Fact]
    public async Task More_recipients_than_fit_a_pipeline_are_all_answered_in_order()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, _) => step.Contains("7@", StringComparison.Ordinal) ? HopAction.Say("550 5.1.1 no sevens") : null;
        await using var transaction = rig.Begin(hop);

        var answers = await transaction.AddRecipientsAsync([.. Enumerable.Range(0, 1000).Select(i => new RcptCommand(RelayRig.At($"u{i}@example.com")))], default);

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => i % 10 == 7 ? 550 : 250), answers.Select(answer => answer.Code));
    }

    [Fact]
    public async Task The_answer_to_the_final_dot_is_the_answer()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        var said = "554 5.7.1 this is spam";
        hop.Script = (step, _) => step == "dot" ? HopAction.Say(said) : null;

        var refused = (await rig.SendAsync(hop)).Result!;
        said = "452 4.3.1 disk full";
        var deferred = (await rig.SendAsync(hop)).Result!;
        said = "421 4.3.2 going down";
        var closing = (await rig.SendAsync(hop)).Result!;
        said = "250 2.0.0 thank you";
        var taken = (await rig.SendAsync(hop)).Result!;

        Assert.StartsWith("554 5.7.1 127.0.0.1[", refused.Reply.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("said: this is spam", refused.Reply.ToString(), StringComparison.Ordinal);
        Assert.Equal((452, false), (deferred.Reply.Code, deferred.PossibleDuplicate));
        Assert.EndsWith("said: disk full", deferred.Reply.ToString(), StringComparison.Ordinal);
        Assert.Equal((451, false), (closing.Reply.Code, closing.PossibleDuplicate));
        Assert.Equal(250, taken.Reply.Code);
        Assert.Equal(2, hop.Connections);
        Assert.Single(hop.Messages);
    }

    [Theory]
    [InlineData("354 go\r\n250 2.0.0 taken unseen")]
    [InlineData("250 2.0.0 taken unseen")]
    public async Task A_250_sent_before_the_final_dot_is_ignored(string toData)
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, _) => step == "DATA" ? HopAction.Say(toData) : null;

        var result = (await rig.SendAsync(hop)).Result!;

        Assert.Equal((451, false), (result.Reply.Code, result.PossibleDuplicate));
        Assert.Empty(hop.Messages);
    }

    [Fact]
    public async Task A_client_that_disconnects_while_the_text_is_sent_leaves_no_message_at_the_next_hop()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, number) => step == "text" && number == 0 ? HopAction.Stall : null;
        using var cancel = new CancellationTokenSource();
        await using var transaction = rig.Begin(hop);
        await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com"), default);
        await using var text = rig.Text(RandomText(new Random(1), 20_000_000));

        var sending = transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), cancel.Token).AsTask();
        await hop.Stalled.WaitAsync(TimeSpan.FromSeconds(60));
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Empty(hop.Messages);
        Assert.DoesNotContain(rig.Log.Lines, entry => entry.Event == 3009);
        await transaction.DisposeAsync();
        Assert.Equal(250, (await rig.SendAsync(hop)).Result!.Reply.Code);
        Assert.Equal(2, hop.Connections);
    }

    [Fact]
    public async Task A_client_that_disconnects_while_recipients_are_sent_ends_the_wait()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        hop.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Stall : null;
        using var cancel = new CancellationTokenSource();
        await using var transaction = rig.Begin(hop);

        var adding = transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com"), cancel.Token).AsTask();
        await hop.Stalled.WaitAsync(TimeSpan.FromSeconds(60));
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => adding.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task A_text_that_could_not_be_stored_is_not_sent()
    {
        await using var rig = new RelayRig();
        await using var hop = new ScriptedHop();
        await using var transaction = rig.Begin(hop);
        await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com"), default);
        Directory.Delete(rig.SpoolFolder);
        await using var text = rig.Text(new byte[100_000]);
        await text.SpillAsync();

        var result = await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default);

        Assert.Equal("451 4.3.0", result.Reply.ToString()[..9]);
        Assert.Contains(rig.Log.Lines, entry => entry is { Level: LogLevel.Error, Event: 3010 });
        Assert.Empty(hop.Messages);
    }

    internal static byte[] RandomText(Random random, int size)
    {
        // Lines of any octets, with many dots and short lines; CRLF only as a line end.
        var text = new byte[size];
        random.NextBytes(text);
        for (var i = 0; i < size; i++)
        {
            text[i] = text[i] switch
            {
                < 32 => (byte)'.',
                _ => text[i],
            };
        }

        for (var at = 0; at + 3 < size; at += random.Next(2, 60))
        {
            text[at] = (byte)'\r';
            text[at + 1] = (byte)'\n';
        }

        if (size >= 2)
        {
            text[^2] = (byte)'\r';
            text[^1] = (byte)'\n';
        }

        return text;
    }

    private static HopAction After(RelayRig rig, TimeSpan time, string line) => HopAction.Say(line) with
    {
        Do = link =>
        {
            rig.Clock.Advance(time);
            return link.SayAsync(line + "\r\n");
        },
    };
}
