using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class SmtpReplyTests
{
    [Fact]
    public void Every_line_carries_code_and_status()
    {
        Assert.Equal("250 2.1.0 Sender ok\r\n", Wire(new SmtpReply(250, "2.1.0", "Sender ok")));
        Assert.Equal("354 Go on\r\n", Wire(new SmtpReply(354, "", "Go on")));
        Assert.Equal("250 \r\n", Wire(new SmtpReply(250, "", "")));
        Assert.Equal("250 2.0.0\r\n", Wire(new SmtpReply(250, "2.0.0", "")));
        Assert.Equal("250 \r\n", Wire(new SmtpReply(250, null, [])));
        Assert.Equal("250-a.example\r\n250-SIZE 1\r\n250 HELP\r\n", Wire(new SmtpReply(250, null, ["a.example", "SIZE 1", "HELP"])));
        Assert.Equal(
            "550-5.7.1 No\r\n550 5.7.1 Never\r\n", Wire(new SmtpReply(550, new EnhancedStatus(5, 7, 1), ["No", "Never"])));
    }

    [Fact]
    public void No_text_can_end_the_line_or_contain_more_than_ASCII()
    {
        var reply = new SmtpReply(451, "4.7.1", "a\r\n250 2.0.0 done\0\t\u007f\u0085ü\u2028b");

        Assert.Equal("451 4.7.1 a  250 2.0.0 done   ???b\r\n", Wire(reply));
        Assert.Equal("451 4.7.1 a  250 2.0.0 done   ???b", reply.ToString());
    }

    [Fact]
    public void Long_text_is_folded_at_blanks_if_there_are_any()
    {
        var words = string.Join(' ', Enumerable.Repeat("word", 300));
        var solid = new string('x', 1500);
        var wire = Wire(new SmtpReply(550, new EnhancedStatus(5, 123, 456), [words, solid]));
        var lines = wire.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.All(lines, line => Assert.InRange(line.Length, 13, 510));
        Assert.All(lines[..^1], line => Assert.StartsWith("550-5.123.456 ", line, StringComparison.Ordinal));
        Assert.StartsWith("550 5.123.456 ", lines[^1], StringComparison.Ordinal);
        Assert.Equal($"{words} {solid}", string.Join(' ', lines.Select(l => l[14..])).Replace("x x", "xx", StringComparison.Ordinal));
    }

    [Fact]
    public void Replies_are_equal_by_content_and_a_changed_copy_is_written_as_changed()
    {
        var reply = new SmtpReply(450, "4.2.0", "Later");
        Wire(reply);
        var copy = reply with { Code = 451, Lines = ["Much\nlater"] };

        Assert.Equal("451 4.2.0 Much later\r\n", Wire(copy));
        Assert.NotEqual(reply, copy);
        Assert.Equal(new SmtpReply(450, new EnhancedStatus(4, 2, 0), ["Later"]), reply);
        Assert.Equal(new SmtpReply(450, new EnhancedStatus(4, 2, 0), ["Later"]).GetHashCode(), reply.GetHashCode());
    }

    [Fact]
    public void The_class_of_a_reply_is_its_first_digit()
    {
        Assert.True(new SmtpReply(250, "", "").IsPositive);
        Assert.True(new SmtpReply(354, "", "").IsIntermediate);
        Assert.True(new SmtpReply(421, "", "").IsTransient);
        Assert.True(new SmtpReply(550, "", "").IsPermanent);
        Assert.False(new SmtpReply(550, "", "").IsTransient);
    }

    [Fact]
    public void A_reply_that_could_not_be_read_back_cannot_be_created()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmtpReply(199, "", "x"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmtpReply(600, "", "x"));
        Assert.Throws<FormatException>(() => new SmtpReply(250, "250", "x"));
    }

    [Theory]
    [InlineData("2.0.0", true)]
    [InlineData("4.123.999", true)]
    [InlineData("3.0.0", false)]
    [InlineData("2.0", false)]
    [InlineData("2.0.", false)]
    [InlineData("2..0", false)]
    [InlineData("2.0.0.0", false)]
    [InlineData("2.0000.0", false)]
    [InlineData("2.00.0", false)]
    [InlineData("2.0.-1", false)]
    [InlineData("", false)]
    public void An_enhanced_status_is_three_numbers(string text, bool good)
    {
        Assert.Equal(good, EnhancedStatus.TryParse(text, out var status));
        Assert.Equal(good ? text : "0.0.0", status.ToString());
    }

    [Fact]
    public void A_reply_is_read_back_as_it_was_written()
    {
        var part = Gen.Elements("", " ", "a", "550 x", "\r", "\n", "\0", "ü", "longer words ", new string('y', 200));
        var text = part.ListOf().Select(string.Concat);
        var lines = text.ListOf().Select(l => (IReadOnlyList<string>)[.. l.Take(20)]);
        var code = Gen.Elements(220, 250, 421, 451, 550, 554);
        Prop.ForAll(code.ToArbitrary(), lines.ToArbitrary(), ArbMap.Default.ArbFor<bool>(), (code, lines, hasStatus) =>
        {
            var reply = new SmtpReply(code, hasStatus ? new EnhancedStatus(code / 100, 7, 12) : null, lines);
            var wire = Wire(reply);
            var buffer = Cut.Sequence(Encoding.ASCII.GetBytes(wire));

            Assert.All(wire.Split("\r\n"), line => Assert.InRange(line.Length, 0, 510));
            Assert.Equal(ReplyStatus.Reply, new SmtpReplyReader().TryRead(ref buffer, out var read));
            Assert.Equal(reply, read);
            Assert.True(buffer.IsEmpty);
        }).QuickCheckThrowOnFailure();
    }

    private static string Wire(SmtpReply reply)
    {
        var first = new ArrayBufferWriter<byte>();
        var second = new ArrayBufferWriter<byte>();
        reply.WriteTo(first);
        reply.WriteTo(second);
        Assert.Equal(first.WrittenSpan, second.WrittenSpan);
        return Encoding.Latin1.GetString(first.WrittenSpan);
    }
}
