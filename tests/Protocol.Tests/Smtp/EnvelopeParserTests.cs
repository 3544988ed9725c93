using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class EnvelopeParserTests
{
    private const string Label63 = "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-abcdefghi";

    [Theory]
    [InlineData("<a@b.example>", "a", "b.example")]
    [InlineData("<John.Doe+tag@Example.COM>", "John.Doe+tag", "example.com")]
    [InlineData("<a@example.com.>", "a", "example.com")]
    [InlineData("<a@localhost>", "a", "localhost")]
    [InlineData("<a@my_host.example>", "a", "my_host.example")]
    [InlineData("<!#$%&'*+-/=?^_`{|}~@b.example>", "!#$%&'*+-/=?^_`{|}~", "b.example")]
    [InlineData("<\"a b\"@b.example>", "a b", "b.example")]
    [InlineData("<\"a\\\"b\\\\\"@b.example>", "a\"b\\", "b.example")]
    [InlineData("<\"a>@c\"@b.example>", "a>@c", "b.example")]
    [InlineData("<\"plain\"@b.example>", "plain", "b.example")]
    [InlineData("<\"\\p\\l\"@b.example>", "pl", "b.example")]
    [InlineData("<\"\"@b.example>", "", "b.example")]
    [InlineData("<a@[192.0.2.1]>", "a", "[192.0.2.1]")]
    [InlineData("<a@[ipv6:2001:DB8:0:0::1]>", "a", "[IPv6:2001:db8::1]")]
    [InlineData("<@one.example,@two.example:a@b.example>", "a", "b.example")]
    [InlineData("<@one.example:\"a b\"@b.example>", "a b", "b.example")]
    [InlineData("<a@xn--bcher-kva.example>", "a", "xn--bcher-kva.example")]
    [InlineData("<a@" + Label63 + ".example>", "a", Label63 + ".example")]
    public void Valid_paths_are_accepted_in_MAIL_and_RCPT(string path, string local, string domain)
    {
        Assert.True(EnvelopeParser.TryParseMail($"FROM:{path}", out var mail, out var mailError));
        Assert.Equal(new MailCommand(new Mailbox(local, domain), null, BodyType.SevenBit, false), mail);
        Assert.Null(mailError);

        Assert.True(EnvelopeParser.TryParseRcpt($"to: {path}", false, out var rcpt, out var rcptError));
        Assert.Equal(new RcptCommand(new Mailbox(local, domain)), rcpt);
        Assert.Null(rcptError);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<a@b.example")]
    [InlineData("a@b.example>")]
    [InlineData("<<a@b.example>>")]
    [InlineData("<a>")]
    [InlineData("<@b.example>")]
    [InlineData("<a@>")]
    [InlineData("<a@@b.example>")]
    [InlineData("<a@b@c.example>")]
    [InlineData("<a b@c.example>")]
    [InlineData("< a@c.example>")]
    [InlineData("<a@c.example >")]
    [InlineData("<a@.example>")]
    [InlineData("<a@b..example>")]
    [InlineData("<a@b.example..>")]
    [InlineData("<a@-b.example>")]
    [InlineData("<a@b-.example>")]
    [InlineData("<a@b c.example>")]
    [InlineData("<a@b!c.example>")]
    [InlineData("<a@b.example,c@d.example>")]
    [InlineData("<\"a@b.example>")]
    [InlineData("<\"a\"b@b.example>")]
    [InlineData("<\"a\\\"@b.example>")]
    [InlineData("<\"a\nb\"@b.example>")]
    [InlineData("<\"a\\\u00fc\"@b.example>")]
    [InlineData("<a\u0085@b.example>")]
    [InlineData("<a@[192.0.2]>")]
    [InlineData("<a@[192.0.2.256]>")]
    [InlineData("<a@[192.0.02.1]>")]
    [InlineData("<a@[2001:db8::1]>")]
    [InlineData("<a@[IPv6:192.0.2.1]>")]
    [InlineData("<a@[IPv6:fe80::1%eth0]>")]
    [InlineData("<a@[IPv6:[::1]:25]>")]
    [InlineData("<a@[192.0.2.1>")]
    [InlineData("<a@[x400:c=nl]>")]
    [InlineData("<@one.example a@b.example>")]
    [InlineData("<@one.example,two.example:a@b.example>")]
    [InlineData("<@:a@b.example>")]
    [InlineData("<a@a" + Label63 + ".example>")]
    public void Malformed_paths_are_refused_in_MAIL_and_RCPT(string path)
    {
        Assert.False(EnvelopeParser.TryParseMail($"FROM:{path}", out var mail, out var mailError));
        Assert.Equal("501 5.1.7", mailError.ToString()[..9]);
        Assert.Null(mail);

        Assert.False(EnvelopeParser.TryParseRcpt($"TO:{path}", true, out var rcpt, out var rcptError));
        Assert.Equal("501 5.1.3", rcptError.ToString()[..9]);
        Assert.Null(rcpt);
    }

    [Theory]
    [InlineData(252, 0, true)] // a list's return address; 252 + @ + b and two brackets are 256
    [InlineData(253, 0, false)]
    [InlineData(64, 189, true)] // 64 + @ + 189 and two brackets are 256
    [InlineData(64, 190, false)]
    [InlineData(1, 252, true)]
    [InlineData(1, 253, false)]
    public void A_path_has_at_most_256_octets(int local, int domain, bool taken)
    {
        var labels = string.Concat(Enumerable.Repeat("abcdefghi.", 30));
        var path = $"<{new string('a', local)}@{(domain == 0 ? "b" : $"x{labels[^(domain - 2)..]}e")}>";

        Assert.Equal(taken, EnvelopeParser.TryParseMail($"FROM:{path}", out _, out _));
    }

    [Fact]
    public void A_quoted_local_part_is_measured_in_its_wire_form()
    {
        Assert.True(EnvelopeParser.TryParseRcpt($"TO:<\"{new string(' ', 242)}\"@b.example>", false, out _, out _));
        Assert.False(EnvelopeParser.TryParseRcpt($"TO:<\"{new string(' ', 243)}\"@b.example>", false, out _, out _));
        Assert.False(EnvelopeParser.TryParseRcpt($"TO:<{new string('ü', 123)}@b.example>", true, out _, out _));
    }

    [Fact]
    public void The_null_path_is_valid_in_MAIL_and_not_in_RCPT()
    {
        Assert.True(EnvelopeParser.TryParseMail("FROM:<>", out var mail, out _));
        Assert.Null(mail.ReversePath);

        Assert.False(EnvelopeParser.TryParseRcpt("TO:<>", false, out _, out var error));
        Assert.Equal("501 5.1.3", error.ToString()[..9]);
    }

    [Fact]
    public void Postmaster_without_a_domain_is_valid_in_RCPT_and_not_in_MAIL()
    {
        Assert.True(EnvelopeParser.TryParseRcpt("TO:<PostMaster>", false, out var rcpt, out _));
        Assert.Equal(new Mailbox("PostMaster", ""), rcpt.ForwardPath);
        Assert.True(rcpt.ForwardPath.IsPostmaster);
        Assert.Equal("PostMaster", rcpt.ForwardPath.ToString());

        Assert.False(EnvelopeParser.TryParseMail("FROM:<postmaster>", out _, out var error));
        Assert.Equal("501 5.1.7", error.ToString()[..9]);
    }

    [Theory]
    [InlineData("", null, BodyType.SevenBit, false)]
    [InlineData(" SIZE=0", 0L, BodyType.SevenBit, false)]
    [InlineData(" size=26214400  body=8bitmime", 26214400L, BodyType.EightBitMime, false)]
    [InlineData(" BODY=7BIT SMTPUTF8", null, BodyType.SevenBit, true)]
    [InlineData("\tsmtputf8\tSIZE=7 ", 7L, BodyType.SevenBit, true)]
    [InlineData(" SIZE=99999999999999999999", long.MaxValue, BodyType.SevenBit, false)]
    public void Parameters_of_MAIL_are_read(string parameters, long? size, BodyType body, bool smtpUtf8)
    {
        Assert.True(EnvelopeParser.TryParseMail($"FROM:<a@b.example>{parameters}", out var mail, out _));
        Assert.Equal(new MailCommand(new Mailbox("a", "b.example"), size, body, smtpUtf8), mail);
    }

    [Theory]
    [InlineData("MAIL", " SIZE=", "501 5.5.4")]
    [InlineData("MAIL", " SIZE", "501 5.5.4")]
    [InlineData("MAIL", " SIZE=-1", "501 5.5.4")]
    [InlineData("MAIL", " SIZE=1e3", "501 5.5.4")]
    [InlineData("MAIL", " SIZE=٣", "501 5.5.4")]
    [InlineData("MAIL", " SIZE=000000000000000000001", "501 5.5.4")]
    [InlineData("MAIL", " SIZE=1 size=1", "501 5.5.4")]
    [InlineData("MAIL", " SMTPUTF8 SMTPUTF8", "501 5.5.4")]
    [InlineData("MAIL", " SMTPUTF8=YES", "501 5.5.4")]
    [InlineData("MAIL", " BODY=8BITMIME BODY=7BIT", "501 5.5.4")]
    [InlineData("MAIL", " -X=1", "501 5.5.4")]
    [InlineData("MAIL", " X_Y=1", "501 5.5.4")]
    [InlineData("MAIL", " =1", "501 5.5.4")]
    [InlineData("MAIL", " X=1=2", "501 5.5.4")]
    [InlineData("MAIL", "SIZE=1", "501 5.5.4")]
    [InlineData("MAIL", " BODY", "555 5.5.4")]
    [InlineData("MAIL", " BODY=BINARYMIME", "555 5.5.4")]
    [InlineData("MAIL", " AUTH=<>", "555 5.5.4")]
    [InlineData("MAIL", " REQUIRETLS", "555 5.5.4")]
    [InlineData("MAIL", " NOTIFY=NEVER", "555 5.5.4")]
    [InlineData("RCPT", " NOTIFY=", "501 5.5.4")]
    [InlineData("RCPT", " RET=FULL", "555 5.5.4")]
    [InlineData("RCPT", " SMTPUTF8", "555 5.5.4")]
    [InlineData("RCPT", " NOTIFY=NEVER NOTIFY=NEVER", "501 5.5.4")]
    [InlineData("RCPT", "NOTIFY=NEVER", "501 5.5.4")]
    public void Malformed_and_unknown_parameters_have_different_errors(string command, string parameters, string expected)
    {
        SmtpReply? error;
        var taken = command == "MAIL"
            ? EnvelopeParser.TryParseMail($"FROM:<a@b.example>{parameters}", out _, out error)
            : EnvelopeParser.TryParseRcpt($"TO:<a@b.example>{parameters}", false, out _, out error);

        Assert.False(taken);
        Assert.Equal(expected, error!.ToString()[..9]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<a@b.example>")]
    [InlineData("FROM <a@b.example>")]
    [InlineData("FROM :<a@b.example>")]
    [InlineData("TO:<a@b.example>")]
    [InlineData("FRΟM:<a@b.example>")] // a Greek omicron
    public void MAIL_needs_FROM_and_a_colon(string argument)
    {
        Assert.False(EnvelopeParser.TryParseMail(argument, out _, out var error));
        Assert.Equal("501 5.5.4", error.ToString()[..9]);
        Assert.False(EnvelopeParser.TryParseRcpt("FROM:<a@b.example>", false, out _, out error));
        Assert.Equal("501 5.5.4", error.ToString()[..9]);
    }

    [Theory]
    [InlineData("<grüße@b.example>", "grüße", "b.example")]
    [InlineData("<\"grüße an\"@b.example>", "grüße an", "b.example")]
    [InlineData("<用户@例子.测试>", "用户", "xn--fsqu00a.xn--0zwm56d")]
    [InlineData("<📬@b.example>", "📬", "b.example")]
    public void A_local_part_in_another_script_needs_SMTPUTF8(string path, string local, string domain)
    {
        var expected = new Mailbox(local, domain);

        Assert.True(EnvelopeParser.TryParseMail($"FROM:{path} SMTPUTF8", out var mail, out _));
        Assert.Equal(expected, mail.ReversePath);
        Assert.True(EnvelopeParser.TryParseRcpt($"TO:{path}", true, out var rcpt, out _));
        Assert.Equal(expected, rcpt.ForwardPath);

        Assert.False(EnvelopeParser.TryParseMail($"FROM:{path}", out _, out var error));
        Assert.Equal("553 5.6.7", error.ToString()[..9]);
        Assert.False(EnvelopeParser.TryParseRcpt($"TO:{path}", false, out _, out error));
        Assert.Equal("553 5.6.7", error.ToString()[..9]);
    }

    [Theory]
    [InlineData("<a@BÜCHER.example>", "a", "xn--bcher-kva.example")]
    [InlineData("<a@例子。测试>", "a", "xn--fsqu00a.xn--0zwm56d")]
    public void A_domain_that_can_be_written_in_A_labels_does_not_need_SMTPUTF8(string path, string local, string domain)
    {
        Assert.True(EnvelopeParser.TryParseMail($"FROM:{path}", out var mail, out _));
        Assert.Equal(new Mailbox(local, domain), mail.ReversePath);
        Assert.True(EnvelopeParser.TryParseRcpt($"TO:{path}", false, out var rcpt, out _));
        Assert.Equal(new Mailbox(local, domain), rcpt.ForwardPath);
    }

    [Theory]
    [InlineData("<a..b@x.test>", "a..b@x.test")]
    [InlineData("<ab.@x.test>", "ab.@x.test")]
    [InlineData("<.ab@x.test>", ".ab@x.test")]
    [InlineData("<...@x.test>", "...@x.test")]
    [InlineData("a..b@x.test", "a..b@x.test")]
    [InlineData("<\"a..b\"@x.test>", "\"a..b\"@x.test")]
    [InlineData("a@x.test", "a@x.test")]
    [InlineData("\"a b\"@x.test", "\"a b\"@x.test")]
    [InlineData("a@[192.0.2.1]", "a@[192.0.2.1]")]
    public void Common_malformed_paths_are_accepted_and_passed_on_unchanged(string path, string written)
    {
        Assert.True(EnvelopeParser.TryParseMail($"FROM: {path} SIZE=3", out var mail, out _));
        Assert.Equal((written, 3L), (mail.ReversePath!.ToString(), mail.Size));
        Assert.True(EnvelopeParser.TryParseRcpt($"TO:{path}", false, out var rcpt, out _));
        Assert.Equal(written, rcpt.ForwardPath.ToString());
    }

    [Fact]
    public void DSN_parameters_are_read()
    {
        Assert.True(EnvelopeParser.TryParseMail("FROM:<a@b.example> ret=hdrs ENVID=QQ314159+2B", out var mail, out _));
        Assert.Equal(("hdrs", "QQ314159+2B"), (mail.Return, mail.EnvelopeId));
        Assert.True(EnvelopeParser.TryParseRcpt("TO:<a@b.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Dana@Ivory.EDU", false, out var rcpt, out _));
        Assert.Equal(("SUCCESS,DELAY", "rfc822;Dana@Ivory.EDU"), (rcpt.Notify, rcpt.OriginalRecipient));
        Assert.True(EnvelopeParser.TryParseRcpt("TO:<a@b.example> NOTIFY=never", false, out rcpt, out _));
        Assert.Equal(("never", null), (rcpt.Notify, rcpt.OriginalRecipient));
    }

    [Theory]
    [InlineData("RET=BODY", "NOTIFY=NEVER,DELAY")]
    [InlineData("RET", "NOTIFY")]
    [InlineData("ENVID", "NOTIFY=SOON")]
    [InlineData("ENVID=a+zz", "ORCPT=a@b.example")]
    [InlineData("ENVID={0}", "ORCPT=rfc822;{0}")]
    [InlineData("RET=FULL,HDRS ENVID=+", "ORCPT=;a NOTIFY=,")]
    [InlineData("ENVID=\u00fc", "ORCPT=rfc822;")]
    public void A_malformed_DSN_parameter_is_dropped(string ofMail, string ofRcpt)
    {
        var tooLong = new string('x', 500);
        Assert.True(EnvelopeParser.TryParseMail($"FROM:<a@b.example> {ofMail.Replace("{0}", tooLong, StringComparison.Ordinal)} SIZE=7", out var mail, out _));
        Assert.Equal((null, null, 7), (mail.Return, mail.EnvelopeId, mail.Size));
        Assert.True(EnvelopeParser.TryParseRcpt($"TO:<a@b.example> {ofRcpt.Replace("{0}", tooLong, StringComparison.Ordinal)}", false, out var rcpt, out _));
        Assert.Equal(new RcptCommand(new Mailbox("a", "b.example")), rcpt);
    }

    [Fact]
    public void An_accepted_path_is_accepted_again_as_it_is_written()
    {
        var part = Gen.Elements(
            "<", ">", "@", "\"", "\\", ".", ",", ":", " ", "a", "B-", "ü", "[", "]",
            "IPv6:", "192.0.2.1", "::1", "example", "例", "\0", "SIZE=1");
        Prop.ForAll(part.ListOf().Select(string.Concat).ToArbitrary(), ArbMap.Default.ArbFor<string>(), (text, noise) =>
            IsStable(text) && IsStable($"<{text}>") && IsStable($"<a@{text}>") && IsStable($"<\"{text}\"@b>") && IsStable($"<{noise}>"))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Any_local_part_within_bounds_is_read_back_after_quoting()
    {
        var local = Gen.Choose(' ', '~').Select(c => (char)c).ArrayOf().Select(c => new string(c)).Where(c => c.Length <= 31);
        Prop.ForAll(local.ToArbitrary(), content =>
        {
            var mailbox = new Mailbox(content, "b.example");
            return EnvelopeParser.TryParseRcpt($"TO:<{mailbox}>", false, out var rcpt, out _) && rcpt.ForwardPath == mailbox;
        }).QuickCheckThrowOnFailure();
    }

    private static bool IsStable(string path) =>
        !EnvelopeParser.TryParseRcpt($"TO:{path}", true, out var rcpt, out _)
        || (EnvelopeParser.TryParseRcpt($"TO:<{rcpt.ForwardPath}>", true, out var again, out _) && again.ForwardPath == rcpt.ForwardPath);
}
