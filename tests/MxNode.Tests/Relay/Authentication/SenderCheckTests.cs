using System.Net;
using System.Text;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Relay.Authentication;

/// <summary>What a message gets before it goes to a next hop that does not know the client, and that nothing else of it changes.</summary>
public sealed class SenderCheckTests
{
    private static readonly string Received = Encoding.ASCII.GetString(RelayRig.Header);

    [Theory]
    [InlineData("v=spf1 ip4:192.0.2.55 -all", "pass")]
    [InlineData("v=spf1 -all", "fail")]
    [InlineData("v=spf1 ~all", "softfail")]
    [InlineData("v=spf1 ?all", "neutral")]
    [InlineData("v=spf1 nonsense", "permerror")]
    [InlineData("no spf", "none")]
    public async Task The_result_of_SPF_goes_before_the_message(string record, string result)
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(new TxtRecord("alice.test", 60, record));

        Assert.Equal(
            $"Authentication-Results: throttle-mx.test;\r\n\tspf={result} smtp.mailfrom=alice.test;\r\n\tdkim=none\r\n{Received}{SignedTexts.Plain}",
            await rig.SendAsync(SignedTexts.Plain));
    }

    [Fact]
    public async Task For_the_null_reverse_path_SPF_is_about_the_HELO_name()
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(new TxtRecord("mail.alice.test", 60, "v=spf1 ip4:192.0.2.55 -all"));

        var message = await rig.SendAsync(SignedTexts.Plain, mail: new MailCommand(null, null, BodyType.SevenBit, false));

        Assert.Equal("throttle-mx.test; spf=pass smtp.helo=mail.alice.test; dkim=none", AuthenticationRig.Results(message));
    }

    [Fact]
    public async Task A_next_hop_that_learns_the_client_by_XCLIENT_gets_the_message_as_it_is_and_the_DNS_is_not_asked_again()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc, "PIPELINING", "XCLIENT NAME ADDR PORT PROTO HELO");
        var text = $"Authentication-Results: mx.other.test; spf=pass\r\n{SignedTexts.Sign("alice.test")}";

        Assert.Equal(Received + text, await rig.SendAsync(text));
        var questions = rig.Dns.Questions.Count;
        Assert.Equal(Received + text, await rig.SendAsync(text));
        Assert.Equal(questions, rig.Dns.Questions.Count);
    }

    [Fact]
    public async Task A_next_hop_that_learns_the_client_by_XCLIENT_gets_no_forged_results_either()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc, "PIPELINING", "XCLIENT NAME ADDR PORT PROTO HELO");
        var signed = SignedTexts.Sign("alice.test");

        Assert.Equal(Received + signed, await rig.SendAsync($"Authentication-Results: throttle-mx.test; spf=pass\r\n{signed}"));
        Assert.Equal(Received + SignedTexts.Plain, await rig.SendAsync($"Authentication-Results: a.node.test; spf=pass\r\n{SignedTexts.Plain}", AuthenticationRig.Client with { IsTrusted = true }));
        var result = await rig.DeliverAsync($"X: {new string('x', MessageDraft.MaxHeaderOctets)}\r\nAuthentication-Results: throttle-mx.test; spf=pass\r\n\r\n");
        Assert.Equal("554 5.6.0", $"{result.Reply.Code} {result.Reply.Status}");
        Assert.Equal(2, rig.Hop.Messages.Count);
    }

    [Fact]
    public async Task A_next_hop_that_refuses_XCLIENT_gets_the_results()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Results, "PIPELINING", "XCLIENT NAME ADDR PORT PROTO HELO");
        rig.Hop.Script = (step, _) => step.StartsWith("XCLIENT", StringComparison.Ordinal) ? HopAction.Say("550 5.7.0 not you") : null;

        Assert.StartsWith("Authentication-Results: ", await rig.SendAsync(SignedTexts.Plain), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switched_off_nothing_is_added_or_removed()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Off);
        var text = $"Authentication-Results: throttle-mx.test; spf=pass\r\n{SignedTexts.Plain}";

        Assert.Equal(Received + text, await rig.SendAsync(text));
        Assert.Empty(rig.Dns.Questions);
    }

    [Fact]
    public async Task A_trusted_client_is_not_checked_and_cannot_forge()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);

        var message = await rig.SendAsync($"Authentication-Results: throttle-mx.test; spf=pass\r\n{SignedTexts.Plain}", AuthenticationRig.Client with { IsTrusted = true });

        Assert.Equal(Received + SignedTexts.Plain, message);
        Assert.Empty(rig.Dns.Questions);
    }

    [Fact]
    public async Task The_node_s_own_mail_is_not_checked()
    {
        await using var rig = new AuthenticationRig();

        Assert.Equal(Received + SignedTexts.Plain, await rig.SendAsync(SignedTexts.Plain, new ClientFacts(IPAddress.None, 0, null, "a.node.test", "ESMTP") { IsNodeItself = true }));
    }

    [Fact]
    public async Task Forged_results_of_this_network_are_removed_and_those_of_others_kept()
    {
        await using var rig = new AuthenticationRig();
        const string Others = "Authentication-Results: mx.other.test; spf=pass smtp.mailfrom=throttle-mx.test\r\nSubject: Authentication-Results: throttle-mx.test; x\r\n";

        var message = await rig.SendAsync(
            "Authentication-Results: throttle-mx.test; spf=pass\r\n" +
            "AUTHENTICATION-RESULTS :\r\n (a comment) A.THROTTLE-MX.TEST\r\n\t; dkim=pass\r\n" +
            Others +
            "Authentication-Results: \"a.node.test\"; dkim=pass header.d=bank.test\r\n" +
            "\r\nAuthentication-Results: throttle-mx.test; in the body\r\n");

        Assert.EndsWith($"{Received}{Others}\r\nAuthentication-Results: throttle-mx.test; in the body\r\n", message, StringComparison.Ordinal);
        Assert.Equal("throttle-mx.test; spf=none smtp.mailfrom=alice.test; dkim=none", AuthenticationRig.Results(message));
    }

    [Fact]
    public async Task Forged_results_in_a_header_section_that_a_content_check_wrote_anew_are_removed()
    {
        await using var rig = new AuthenticationRig();
        await using var transaction = rig.Relay.Begin(rig.Hop, null, AuthenticationRig.Client with { IsTrusted = true });
        Assert.True((await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com"), default))[0].IsPositive);
        await using var content = rig.Relay.Spool.Create();
        System.Buffers.BuffersExtensions.Write(content, "X: y\r\n\r\nbody\r\n"u8);
        byte[] head = [.. RelayRig.Header, .. "Authentication-Results: throttle-mx.test; spf=pass\r\nX: z\r\n"u8];

        var result = await transaction.CommitAsync(new OutgoingMessage(head, content, From: "X: y\r\n".Length), default);

        Assert.Equal($"{Received}X: z\r\n\r\nbody\r\n", rig.Got(result.Reply));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32 * 1024)]
    [InlineData(100_000)]
    public async Task Forged_results_in_a_text_that_is_in_a_file_are_removed_wherever_they_are(int before)
    {
        await using var rig = new AuthenticationRig();
        var (start, end) = ($"X: {new string('x', before)}\r\n", $"Y: y\r\n\r\n{string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", 200))}");
        for (var shift = 0; shift < 8; shift++)
        {
            var pad = new string('p', shift);

            var message = await rig.SendAsync($"{pad}{start}Authentication-Results: throttle-mx.test; spf=pass\r\n{end}", AuthenticationRig.Client with { IsTrusted = true });

            Assert.Equal(Received + pad + start + end, message);
        }
    }

    [Fact]
    public void Whether_a_destination_learns_the_client_is_as_in_its_last_session()
    {
        using var node = new SenderAuthentication(new FakeDns(), null!, null!, TimeProvider.System);
        var destination = new Destination("a", []);
        foreach (var knows in new[] { true, true, false, false, true })
        {
            node.NoteSession(destination, knows);
            Assert.Equal(knows, node.KnowsClients(destination));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("no header, only a line\r\n")]
    [InlineData("\r\nonly a body\r\n")]
    [InlineData("no line end")]
    [InlineData(" folded into Received\r\nSubject: x\r\n\r\nbody\r\n")]
    [InlineData(" folded without a line end")]
    [InlineData("Subject: no empty line\r\nand this is no field\r\n")]
    [InlineData("Subject: Gr\u00fc\u00dfe\r\n\r\n\u00e4\u00f6\u00fc\r\n.\r\n..\r\n")]
    [InlineData("DKIM-Signature: v=1; a=rsa-sha256; d=alice.test; s=k; h=from; bh=!!!; b=???\r\nnot a field\r\n\r\nx\r\n")]
    public async Task Whatever_the_text_is_it_goes_through_octet_for_octet(string text)
    {
        foreach (var mode in new[] { AuthenticationMode.Results, AuthenticationMode.Arc })
        {
            await using var rig = new AuthenticationRig(mode);
            var end = text.EndsWith("\r\n", StringComparison.Ordinal) || text.Length == 0 ? "" : "\r\n";
            Assert.EndsWith(Received + text + end, await rig.SendAsync(text), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Results")]
    [InlineData("Arc")]
    public async Task A_text_from_a_file_by_DATA_and_one_in_memory_by_BDAT_go_through_octet_for_octet(string mode)
    {
        await using var rig = new AuthenticationRig(Enum.Parse<AuthenticationMode>(mode), "PIPELINING", "8BITMIME", "CHUNKING");
        rig.Dns.With(SignedTexts.Key("alice.test"));
        foreach (var line in new[] { 70, 200_000 })
        {
            var text = SignedTexts.Sign("alice.test", SignedTexts.Plain + string.Concat(Enumerable.Repeat(new string('x', line) + "\r\n.dot\r\n", 400_000 / line)));

            var message = await rig.SendAsync(text);

            Assert.EndsWith(Received + text, message, StringComparison.Ordinal);
            Assert.Contains("dkim=pass", AuthenticationRig.Results(message), StringComparison.Ordinal);
        }

        var small = SignedTexts.Sign("alice.test");
        Assert.EndsWith(Received + small, await rig.SendAsync(small), StringComparison.Ordinal);
        Assert.Equal([false, false, true], rig.Hop.Messages.Select(m => m.ByBdat));
    }

    [Theory]
    [InlineData("From: a@b.test\r\nX-\u00e9: y\r\n{0}\r\nbody\r\n", "From: a@b.test\r\nX-\u00e9: y\r\n\r\nbody\r\n")]
    [InlineData("From you Thu Jan  1\r\n{0}From: a@b.test\r\n\r\n{0}", "From you Thu Jan  1\r\nFrom: a@b.test\r\n\r\n{0}")]
    [InlineData("junk\r\n{0}{0}junk\r\n{0}more\r\n", "junk\r\njunk\r\nmore\r\n")]
    [InlineData(" folded\r\n: junk\r\n{0}\r\n", " folded\r\n: junk\r\n\r\n")]
    public async Task Forged_results_behind_a_malformed_line_are_removed(string text, string gone)
    {
        await using var rig = new AuthenticationRig();
        foreach (var forged in new[] { "Authentication-Results: throttle-mx.test; spf=pass\r\n", "AUTHENTICATION-results \t:\r\n throttle-mx.test;\r\n\tspf=pass\r\n" })
        {
            Assert.EndsWith(Received + gone.Replace("{0}", forged, StringComparison.Ordinal), await rig.SendAsync(text.Replace("{0}", forged, StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.EndsWith(
                Received + "junk\r\nAuthentication-Results: mx.other.test; spf=pass\r\n\r\n",
                await rig.SendAsync($"junk\r\nAuthentication-Results: mx.other.test; spf=pass\r\n{forged}\r\n"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("junk\r\n")]
    [InlineData("Subject: x\r\n")]
    public async Task A_forged_field_that_the_end_of_the_message_completes_is_removed(string before)
    {
        await using var rig = new AuthenticationRig();

        Assert.DoesNotContain("spf=pass", await rig.SendAsync($"{before}Authentication-Results: throttle-mx.test; spf=pass"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_section_too_long_to_be_searched_is_refused()
    {
        await using var rig = new AuthenticationRig();

        var result = await rig.DeliverAsync($"junk\r\n{string.Concat(Enumerable.Repeat("more\r\n", MessageDraft.MaxHeaderOctets / 6))}Authentication-Results: throttle-mx.test; spf=pass\r\n\r\n");

        Assert.Equal("554 5.6.0", $"{result.Reply.Code} {result.Reply.Status}");
    }

    [Fact]
    public async Task A_header_section_too_long_to_be_searched_is_refused()
    {
        await using var rig = new AuthenticationRig();
        var long_ = $"X: {new string('x', MessageDraft.MaxHeaderOctets)}\r\nAuthentication-Results: throttle-mx.test; spf=pass\r\n\r\n";

        var result = await rig.DeliverAsync(long_);

        Assert.Equal("554 5.6.0", $"{result.Reply.Code} {result.Reply.Status}");
        Assert.Empty(rig.Hop.Messages);
        await rig.SendAsync(SignedTexts.Plain);
    }

    [Fact]
    public async Task A_DNS_that_is_silent_leaves_temperror_after_two_seconds()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        rig.Dns.Ready = new TaskCompletionSource().Task;
        var before = rig.Relay.Clock.GetTimestamp();

        var sending = rig.SendAsync(SignedTexts.Sign("alice.test"));
        await Eventually.HoldsAsync("the question for the key", () => rig.Dns.Questions.Any(q => q.Contains("_domainkey", StringComparison.Ordinal)));
        rig.Relay.Clock.Advance(SenderCheck.Patience);

        Assert.Equal(
            "throttle-mx.test; spf=temperror smtp.mailfrom=alice.test; dkim=temperror reason=\"out of time\" header.d=alice.test header.s=k header.a=rsa-sha256",
            AuthenticationRig.Results(await sending).Split(" header.b=")[0]);
        Assert.Equal(TimeSpan.FromSeconds(2), rig.Relay.Clock.GetElapsedTime(before));
    }

    [Fact]
    public async Task A_DNS_that_fails_leaves_temperror_at_once()
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.IsSilent = true;

        Assert.Matches("spf=temperror .*dkim=temperror reason=\"no answer for the key\"", AuthenticationRig.Results(await rig.SendAsync(SignedTexts.Sign("alice.test"))));
    }

    [Fact]
    public async Task What_the_checks_came_to_is_in_the_result()
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(SignedTexts.Key("alice.test"), new TxtRecord("alice.test", 60, "v=spf1 -all"));

        var result = await rig.DeliverAsync(SignedTexts.Sign("other.test", SignedTexts.Sign("alice.test")));

        Assert.Equal(new AuthenticationVerdict("fail", "pass"), result.Authentication);
    }
}
