using System.Text;
using ThrottleNet.MxNode.Tests.Relay;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Inbound;

/// <summary>Replies to valid and malformed commands.</summary>
public sealed class SessionCommandTests
{
    private static readonly string[] Hello = ["<220 a.node.test ESMTP", ">EHLO client.test", "<250-a.node.test"];

    [Fact]
    public async Task EHLO_announces_the_extensions_in_use_only()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220 a.node.test ESMTP", ">EHLO client.test");
        Assert.Equal(
            "250-a.node.test\n250-PIPELINING\n250-SIZE 26214400\n250-8BITMIME\n250-SMTPUTF8\n250-ENHANCEDSTATUSCODES\n250-DSN\n250-CHUNKING\n250-LIMITS RCPTMAX=100\n250 STARTTLS",
            await client.ReplyAsync());
        await client.TalkAsync(">HELO client.test");
        Assert.Equal("250 a.node.test", await client.ReplyAsync());
    }

    [Fact]
    public async Task Unknown_command_wrong_order_and_bad_syntax_are_500_503_and_501()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxErrors = 100 } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220");
        await client.TalkAsync(">MAIL FROM:<a@client.test>", "<503 5.5.1", ">RCPT TO:<b@example.com>", "<503 5.5.1", ">DATA", "<503 5.5.1", ">STARTTLS", "<503 5.5.1");
        await client.TalkAsync(">WHAT", "<500 5.5.1", ">", "<500 5.5.1", ">BDAT 3 LAST\r\nabc", "<503 5.5.1", "<500 5.5.1", ">EHLO", "<501 5.5.4", ">HELO", "<501 5.5.4");
        await client.TalkAsync(">EHLO client.test", "<250", ">RCPT TO:<b@example.com>", "<503 5.5.1", ">DATA", "<503 5.5.1");
        await client.TalkAsync(">MAIL", "<501 5.5.4", ">MAIL FROM:", "<501", ">MAIL FROM:<a@b> WHAT=EVER", "<555 5.5.4", ">MAIL FROM:<a@b> SIZE=x", "<501 5.5.4");
        await client.TalkAsync(">MAIL FROM:<a@client.test>", "<250", ">MAIL FROM:<a@client.test>", "<503 5.5.1", ">DATA", "<503 5.5.1", ">STARTTLS", "<503 5.5.1");
        await client.TalkAsync(">RCPT TO:<>", "<501 5.1.3", ">RCPT TO:<b@example.com> X=1=2", "<501 5.5.4", ">RCPT TO:<b@example.com> WHAT=EVER", "<555 5.5.4", ">XCLIENT ADDR=192.0.2.1", "<503");
        await client.TalkAsync(">RSET", "<250", ">STARTTLS now", "<501 5.5.4", ">\u0001", "<500 5.5.2", ">NOOP \u00ff", "<500 5.5.2", ">QUIT", "<221");
    }

    [Fact]
    public async Task A_client_that_uses_this_nodes_name_in_EHLO_is_refused_unless_it_is_trusted()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Trust = c.Trust with { Entries = ["127.0.0.9"] } });
        await (await rig.ConnectAsync()).TalkAsync("<220", ">EHLO A.Node.Test", "<550 5.7.1", ">MAIL FROM:<a@client.test>", "<503", ">EHLO client.test", "<250");
        await (await rig.ConnectAsync("127.0.0.9")).TalkAsync("<220", ">EHLO a.node.test", "<250");
    }

    [Fact]
    public async Task Vrfy_and_expn_are_252_and_502_and_noop_help_and_rset_do_no_harm()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync([.. Hello, ">VRFY bob", "<252", ">EXPN list", "<502", ">NOOP and more", "<250", ">HELP", "<214", ">rset", "<250"]);
        await client.TalkAsync(">mail from:<a@client.test>", "<250", ">VRFY bob", "<252", ">RSET", "<250", ">RCPT TO:<b@example.com>", "<503");
    }

    [Fact]
    public async Task The_session_ends_after_a_hundred_commands_without_mail()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250");
        await client.SendAsync(string.Concat(Enumerable.Repeat("NOOP\r\nRSET\r\n", 50)));
        await client.TalkAsync([.. Enumerable.Repeat("<250 2.0.0", 99), "<421 4.7.0"]);
    }

    [Fact]
    public async Task The_tenth_error_closes_with_421()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync(Hello);
        for (var i = 1; i < 10; i++)
        {
            await client.TalkAsync(i % 2 == 0 ? ">WHAT" : ">DATA", "<50");
        }

        await client.TalkAsync(">NOOP", "<250", ">WHAT", "<500 5.5.1", "<421 4.7.0");
        await client.ExpectEndAsync();
        Assert.Contains("refused: defer (TooManyErrors)", (await rig.SessionsAsync())[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tenth_error_closes_with_421_within_a_group_of_recipients_too()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync([.. Hello, ">MAIL FROM:<a@client.test>", "<250"]);
        await client.SendAsync(string.Concat(Enumerable.Repeat("RCPT TO:<>\r\n", 10)) + "RCPT TO:<bob@example.com>\r\nDATA\r\nhello\r\n.\r\n");
        await client.TalkAsync(Enumerable.Repeat("<501", 10));
        await client.TalkAsync("<421 4.7.0");
        await client.ExpectEndAsync();
        Assert.Empty(rig.Hop.Messages);
    }

    [Fact]
    public async Task Command_line_over_its_cap_is_500_and_the_session_goes_on()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync(Hello);
        var longest = new string('x', 512 + 26 + 17 + 10 + 537 - "NOOP \r\n".Length);
        await client.TalkAsync($">NOOP {longest}", "<250", $">NOOP {longest}x", "<500 5.5.2");
        await client.TalkAsync($">NOOP {new string('x', 200_000)}", "<500 5.5.2", ">NOOP", "<250");
        await client.SendAsync($"RSET\r\nNOOP {new string('x', 5_000)}\r\nNOOP\r\n");
        await client.TalkAsync("<250", "<500 5.5.2", "<250");
    }

    [Fact]
    public async Task Errors_pipelined_after_a_recipient_are_answered_in_order()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync([.. Hello, ">MAIL FROM:<a@client.test>", "<250"]);
        await client.SendAsync($"RCPT TO:<ann@example.com>\r\nRCPT TO:<{new string('x', 2000)}@example.com>\r\nRCPT TO:<bob@example.com>\r\nRCPT TO:\u00ff\r\nNOOP\r\nNOOP \n");
        await client.TalkAsync("<250 2.1.5", "<500 5.5.2", "<250 2.1.5", "<500 5.5.2", "<250 2.0.0", "<500 5.5.2");
        await client.ExpectEndAsync();
    }

    [Theory]
    [InlineData("NOOP\n")]
    [InlineData("NOOP\r")]
    [InlineData("NOOP\r\r\n")]
    [InlineData("MAIL FROM:<a@client.test>\nRCPT TO:<bob@example.com>\r\n")]
    public async Task Bare_line_end_in_a_command_is_500_and_closes(string octets)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync(Hello);
        await client.SendAsync(octets + "NOOP\r\n");
        await client.TalkAsync("<500 5.5.2 CR or LF without");
        await client.ExpectEndAsync();
    }

    [Theory]
    [InlineData("line\nline\r\n.\r\n")]
    [InlineData("line\rline\r\n.\r\n")]
    [InlineData("line\r\r\n.\r\n")]
    [InlineData("\n.\n\r\n.\r\n")]
    [InlineData("line\r\n.\nMAIL FROM:<smuggled@client.test>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nsmuggled\r\n.\r\n")]
    [InlineData("line\n.\r\nMAIL FROM:<smuggled@client.test>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nsmuggled\r\n.\r\n")]
    [InlineData("line\r.\r\nMAIL FROM:<smuggled@client.test>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nsmuggled\r\n.\r\n")]
    [InlineData("line\r\n.\r\r\nMAIL FROM:<smuggled@client.test>\r\n.\r\n")]
    [InlineData("line\r\n\0.\n\r.\r\r\n.\r\n")]
    public async Task Bare_line_end_in_a_text_is_554_and_closes_where_that_is_set(string text)
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { BareLineEnds = ThrottleNet.Protocol.Smtp.BareLineEnds.Refuse } });
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        await client.TalkAsync(">DATA", "<354");
        await client.SendAsync(text);
        await client.TalkAsync("<554 5.5.2");
        await client.ExpectEndAsync();
        Assert.Empty(rig.Hop.Messages);
        Assert.DoesNotContain(rig.Hop.Log, line => line.Contains("smuggled", StringComparison.Ordinal) || line.EndsWith("DATA", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("line\nline\r\n.\r\n", "line\r\nline\r\n")]
    [InlineData("line\rline\r\n.\r\n", "line\r\nline\r\n")]
    [InlineData("line\r\r\nline\r\r\n\r\n.\r\n", "line\r\nline\r\n\r\n")]
    [InlineData("\n.\n\r\n.\r\n", "\r\n\r\n\r\n")]
    [InlineData("line\r\n.\nMAIL FROM:<smuggled@client.test>\r\n.\r\n", "line\r\n\r\nMAIL FROM:<smuggled@client.test>\r\n")]
    [InlineData("line\n.\r\nMAIL FROM:<smuggled@client.test>\r\n.\r\n", "line\r\n\r\nMAIL FROM:<smuggled@client.test>\r\n")]
    [InlineData("line\r.\r\nMAIL FROM:<smuggled@client.test>\r\n.\r\n", "line\r\n.\r\nMAIL FROM:<smuggled@client.test>\r\n")]
    [InlineData("line\r\n.\r\r\nMAIL FROM:<smuggled@client.test>\r\n.\r\n", "line\r\n\r\nMAIL FROM:<smuggled@client.test>\r\n")]
    public async Task Bare_line_ends_in_a_text_become_CRLF_and_smuggle_nothing(string text, string content)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        await client.TalkAsync(">DATA", "<354");
        await client.SendAsync(text);
        await client.TalkAsync("<250", ">QUIT", "<221");
        await client.ExpectEndAsync();
        Assert.EndsWith("+0000\r\n" + content, Encoding.Latin1.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Hop.Log, line => line.Contains("smuggled", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("X-Long: ", 1_500)]
    [InlineData("", 999)]
    [InlineData("", 5_000)]
    [InlineData("", 20_000)]
    [InlineData("..", 1_000_000)]
    public async Task A_line_of_any_length_is_delivered_unchanged(string start, int length)
    {
        await using var rig = await InboundRig.StartAsync();
        var line = start + new string('x', length);
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync($"Subject: long\r\n{(start.Length > 2 ? "" : "\r\n")}{line}\r\nend"), StringComparison.Ordinal);
        Assert.EndsWith($"\r\n{(start == ".." ? line[1..] : line)}\r\nend\r\n", Encoding.Latin1.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a..b@x.test")]
    [InlineData("ab.@x.test")]
    public async Task An_address_with_misplaced_dots_is_passed_on_unchanged(string address)
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Relay = c.Relay with { Routes = new Dictionary<string, string> { ["x.test"] = HopOf(c) } } });
        Assert.StartsWith("250", await (await rig.ConnectAsync()).DeliverAsync("hello", address, address), StringComparison.Ordinal);
        var message = Assert.Single(rig.Hop.Messages);
        Assert.Equal(($"MAIL FROM:<{address}>", $"RCPT TO:<{address}>"), (message.Mail.Split(' ')[0] + " " + message.Mail.Split(' ')[1], message.Recipients[0]));

        static string HopOf(MxNode.Hosting.NodeConfiguration c) => c.Relay.Routes["example.com"];
    }

    [Fact]
    public async Task A_path_without_angle_brackets_is_accepted()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test", "<250", ">MAIL FROM: a@client.test SIZE=100", "<250", ">RCPT TO:bob@example.com", "<250", ">DATA", "<354", ">hello\r\n.", "<250");
        Assert.Equal(["RCPT TO:<bob@example.com>"], Assert.Single(rig.Hop.Messages).Recipients);
    }

    [Theory]
    [InlineData("WIN-PC (home)", "WIN-PC__home_")]
    [InlineData("John's-iPhone", "John's-iPhone")]
    [InlineData("::1", "::1")]
    [InlineData("\u00e5\u0090\u008d\u00e5\u0089\u008d", "__")]
    [InlineData("B\u00fcro", "B_ro")]
    public async Task Any_EHLO_name_is_accepted(string name, string shown)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", $">EHLO {name}", "<250", ">MAIL FROM:<a@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">hello\r\n.", "<250");
        Assert.StartsWith($"Received: from {shown} (unknown [127.0.0.1])", Encoding.UTF8.GetString(Assert.Single(rig.Hop.Messages).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DATA_pipelined_after_refused_recipients_does_not_count_as_an_error()
    {
        await using var rig = await InboundRig.StartAsync();
        rig.Hop.Script = (step, _) => step.StartsWith("RCPT TO:<dead", StringComparison.Ordinal) ? HopAction.Say("550 5.2.1 closed")
            : step.StartsWith("RCPT TO:<odd", StringComparison.Ordinal) ? HopAction.Say("503 5.5.1 not so") : null;
        var client = await rig.ConnectAsync();
        await client.TalkAsync(Hello);
        for (var i = 0; i < 12; i++)
        {
            await client.SendAsync($"MAIL FROM:<list@client.test>\r\nRCPT TO:<{(i % 2 == 0 ? "dead" : "odd")}{i}@example.com>\r\nDATA\r\nRSET\r\n");
            await client.TalkAsync("<250", i % 2 == 0 ? "<550 5.2.1" : "<503 5.5.1", "<503 5.5.1 No valid recipients", "<250");
        }

        await client.TalkAsync(">MAIL FROM:<list@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">hello\r\n.", "<250");
    }

    [Theory]
    [InlineData(" SIZE=26214401", "<552 5.3.4")]
    [InlineData(" WHAT=EVER", "<555 5.5.4")]
    public async Task RCPT_and_DATA_pipelined_after_a_refused_MAIL_do_not_count_as_errors(string parameter, string refusal)
    {
        const int Recipients = 30;
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync(Hello);
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync($"MAIL FROM:<list@client.test>{parameter}\r\n" + string.Concat(Enumerable.Range(0, Recipients).Select(r => $"RCPT TO:<r{r}@example.com>\r\n")) + "DATA\r\nRSET\r\n");
            await client.TalkAsync([refusal, .. Enumerable.Repeat("<503 5.5.1 Send MAIL first", Recipients + 1), "<250"]);
        }

        await client.TalkAsync(">MAIL FROM:<list@client.test>", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354", ">hello\r\n.", "<250");
    }

    [Theory]
    [InlineData("MAIL FROM:<a@client.test> SIZE=26214401\r\n", 100)]
    [InlineData("MAIL FROM:<a@client.test> SIZE=26214401\r\nDATA\r\nDATA\r\n", 10)]
    [InlineData("MAIL FROM:<a@client.test>\r\nRCPT TO:<>\r\nDATA\r\nDATA\r\nRSET\r\n", 5)]
    public async Task A_session_of_refusals_only_ends(string group, int atMost)
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync(Hello);
        await client.SendAsync(string.Concat(Enumerable.Repeat(group, atMost)));
        string reply;
        do
        {
            reply = await client.ReplyAsync();
            Assert.NotEqual("", reply);
        }
        while (!reply.StartsWith("421 4.7.0", StringComparison.Ordinal));
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task RCPT_after_a_refused_MAIL_without_end_ends_the_session()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync(Hello);
        await client.SendAsync("MAIL FROM:<a@client.test> SIZE=26214401\r\n" + string.Concat(Enumerable.Repeat("RCPT TO:<bob@example.com>\r\n", 120)));
        await client.TalkAsync(["<552", .. Enumerable.Repeat("<503 5.5.1", 110), "<421 4.7.0"]);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Size_over_the_limit_is_552_at_mail()
    {
        await using var rig = await InboundRig.StartAsync();
        var client = await rig.ConnectAsync();
        await client.TalkAsync([.. Hello, ">MAIL FROM:<a@client.test> SIZE=26214401", "<552 5.3.4", ">MAIL FROM:<a@client.test> SIZE=26214400", "<250"]);
    }

    [Fact]
    public async Task A_larger_size_is_announced_and_accepted_where_it_is_set()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxMessageSize = 50_000_000 } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync("<220", ">EHLO client.test");
        Assert.Contains("SIZE 50000000", await client.ReplyAsync(), StringComparison.Ordinal);
        await client.TalkAsync(">MAIL FROM:<a@client.test> SIZE=26214401", "<250", ">RCPT TO:<bob@example.com>", "<250", ">DATA", "<354");
        var line = new string('x', 998) + "\r\n";
        var most = string.Concat(Enumerable.Repeat(line, 30_000));
        await client.SendAsync(most + ".\r\n");
        await client.TalkAsync("<250");
        Assert.InRange(Assert.Single(rig.Hop.Messages).Content.Length, 30_000_001, 30_001_000);
    }

    [Fact]
    public async Task A_text_over_the_limit_is_read_and_discarded_and_then_552()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxMessageSize = 100_000 } });
        var client = await rig.ConnectAsync();
        await client.EnvelopeAsync();
        var lines = string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", 1000));
        await client.TalkAsync(">DATA", "<354");
        await client.SendAsync(lines + "x\r\n.\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n");
        await client.TalkAsync("<552 5.3.4", "<250", "<250", "<354");
        await client.SendAsync(lines + ".\r\n");
        await client.TalkAsync("<250", ">QUIT", "<221");
        Assert.True(Assert.Single(rig.Hop.Messages).Content.Length > 100_000);
    }

    [Fact]
    public async Task Recipients_over_the_limit_are_452_and_the_others_get_the_message()
    {
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxRecipients = 3 } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync(Hello);
        await client.SendAsync("MAIL FROM:<a@client.test>\r\n" + string.Concat(Enumerable.Range(0, 5).Select(i => $"RCPT TO:<r{i}@example.com>\r\n")) + "DATA\r\n");
        await client.TalkAsync("<250", "<250", "<250", "<250", "<452 4.5.3", "<452 4.5.3", "<354", ">hello\r\n.", "<250");
        Assert.Equal(3, Assert.Single(rig.Hop.Messages).Recipients.Count);
    }

    [Fact]
    public async Task Recipients_over_the_limit_without_end_end_the_session()
    {
        const int Excess = 1000;
        await using var rig = await InboundRig.StartAsync(c => c with { Smtp = c.Smtp with { MaxRecipients = 3 } });
        var client = await rig.ConnectAsync();
        await client.TalkAsync(Hello);
        await client.SendAsync("MAIL FROM:<a@client.test>\r\n" + string.Concat(Enumerable.Range(0, Excess + 10).Select(i => $"RCPT TO:<r{i}@example.com>\r\n")));
        await client.TalkAsync(["<250", "<250", "<250", "<250", .. Enumerable.Repeat("<452 4.5.3", Excess), "<421 4.7.0"]);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Random_octets_get_error_replies_and_never_cause_an_exception()
    {
        await using var rig = await InboundRig.StartAsync();
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var octets = new byte[random.Next(1, 5000)];
            random.NextBytes(octets);
            string[] words = ["EHLO x\r\n", "MAIL FROM:<a@b>\r\n", "RCPT TO:<bob@example.com>\r\n", "DATA\r\n", "\r\n.\r\n", "RSET\r\n", "\0", "\n", "<", "STARTTLS\r\n", "SMTPUTF8"];
            var hostile = string.Concat(Enumerable.Range(0, 30).Select(_ => words[random.Next(words.Length)]))
                + Encoding.Latin1.GetString(octets);
            var client = await rig.ConnectAsync();
            if (seed % 4 == 0)
            {
                await client.EnvelopeAsync();
                await client.TalkAsync(">DATA", "<354", ">" + Lines(octets) + ".", "<250");
            }
            else
            {
                await client.TalkAsync("<220");
            }

            await client.SendAsync(hostile);
            client.FinishSending();
            while (await client.ReplyAsync() is { Length: > 0 })
            {
            }
        }

        Assert.Equal(10, rig.Hop.Messages.Count);
        Assert.All(rig.Hop.Messages, message => Assert.Equal(0, BareLineEnds(message.Content)));
    }

    // Splits the octets into lines of a valid text.
    private static string Lines(byte[] octets) =>
        string.Concat(octets.Select(o => o is (byte)'\r' or (byte)'\n' or (byte)'.' ? (byte)'x' : o).Chunk(500).Select(line => Encoding.Latin1.GetString(line) + "\r\n"));

    private static int BareLineEnds(byte[] content) =>
        content.Where((octet, i) => octet == '\n' ? i == 0 || content[i - 1] != '\r' : octet == '\r' && (i + 1 == content.Length || content[i + 1] != '\n')).Count();
}
