using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class SmtpReplyReaderTests
{
    [Theory]
    [InlineData("220 mail.example.com ESMTP\r\n", 220, "", "mail.example.com ESMTP")]
    [InlineData("250 2.1.5 Ok\r\n", 250, "2.1.5", "Ok")]
    [InlineData("250 2.1.5 Ok\n", 250, "2.1.5", "Ok")]
    [InlineData("250 2.1.5\r\n", 250, "2.1.5", "")]
    [InlineData("250\r\n", 250, "", "")]
    [InlineData("250 \r\n", 250, "", "")]
    [InlineData("550-5.7.1 No\n550-5.7.1\r\n550 5.7.1  Never\r\n", 550, "5.7.1", "No||\u0020Never")]
    [InlineData("550-5.7.1 No\r\n550 Never\r\n", 550, "5.7.1", "No|Never")]
    [InlineData("550 4.7.1 No\r\n", 550, "", "4.7.1 No")]
    [InlineData("550 5.7.10x No\r\n", 550, "", "5.7.10x No")]
    [InlineData("550-No\r\n550 5.7.1 Never\r\n", 550, "", "No|5.7.1 Never")]
    [InlineData("451 \0\u001b[2J\r\n", 451, "", "  [2J")]
    [InlineData("250-a\r\n250-\r\n250 b\r\n", 250, "", "a||b")]
    [InlineData("250-a\r\n220 b\r\n", 220, "", "a|b")]
    [InlineData("250-2.0.0 a\r\n550 b\r\n", 550, "", "2.0.0 a|b")]
    public void Replies_are_read_at_every_split(string wire, int code, string status, string lines)
    {
        var expected = new SmtpReply(code, status.Length == 0 ? null : EnhancedStatus.Parse(status), lines.Split('|'));
        var octets = Encoding.Latin1.GetBytes(wire + "220 next\r\n");
        foreach (var cuts in Cut.Everywhere(octets.Length).Append(Cut.BetweenAll(octets.Length)))
        {
            var (status1, replies) = ReadAll(Cut.Pieces(octets, cuts));

            Assert.Equal(ReplyStatus.NeedMore, status1);
            Assert.Equal([expected, new SmtpReply(220, "", "next")], replies);
        }
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("25\r\n")]
    [InlineData("2500 a\r\n")]
    [InlineData("250\ta\r\n")]
    [InlineData("199 a\r\n")]
    [InlineData("600 a\r\n")]
    [InlineData("-50 a\r\n")]
    [InlineData(" 250 a\r\n")]
    [InlineData("abc\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("250 a\rb\r\n")]
    [InlineData("250 a\r\r\n")]
    public void A_malformed_reply_is_refused_at_every_split(string wire)
    {
        var octets = Encoding.Latin1.GetBytes(wire);
        foreach (var cuts in Cut.Everywhere(octets.Length).Append(Cut.BetweenAll(octets.Length)))
        {
            var (status, replies) = ReadAll(Cut.Pieces(octets, cuts));

            Assert.Equal(ReplyStatus.Malformed, status);
            Assert.Empty(replies);
        }
    }

    [Fact]
    public void Text_over_the_limit_is_cut_at_every_split()
    {
        foreach (var length in new[] { SmtpLimits.PeerReplyLine - 1, SmtpLimits.PeerReplyLine, SmtpLimits.PeerReplyLine + 1, SmtpLimits.PeerReplyLine + 2, 3000, 50_000 })
        {
            byte[] octets = [.. Line("550-5.7.1 ", length), .. Line("550 5.7.1 ", 80)];
            foreach (var cut in new[] { 1, 2046, 2047, 2048, 2049, 2050, octets.Length - 1 })
            {
                var (status, replies) = ReadAll([octets[..Math.Min(cut, octets.Length)], octets[Math.Min(cut, octets.Length)..]]);
                Assert.Equal(ReplyStatus.NeedMore, status);
                var reply = Assert.Single(replies);
                Assert.Equal((550, new EnhancedStatus(5, 7, 1)), (reply.Code, reply.Status));
                Assert.True(reply.Lines.Sum(line => line.Length) <= SmtpLimits.PeerReplyLine + 80);
            }
        }

        var many = Enumerable.Repeat(Line("250-", 80), 3 * SmtpLimits.PeerReplyLines).ToList();
        Assert.Equal(SmtpLimits.PeerReplyLines, Assert.Single(ReadAll([.. many, Line("250 ", 80)]).Replies).Lines.Count);
    }

    [Fact]
    public void An_endless_reply_is_malformed()
    {
        Assert.Equal(ReplyStatus.Malformed, ReadAll([new byte[SmtpLimits.PeerReplyLine]]).Status);
        Assert.Equal(ReplyStatus.Malformed, ReadAll(Enumerable.Repeat(Line("250-", 2000), (SmtpLimits.PeerReply / 2000) + 1)).Status);
        Assert.Equal(ReplyStatus.Malformed, ReadAll([Line("250 ", SmtpLimits.PeerReply + 3000)]).Status);
    }

    [Fact]
    public void Hostile_octets_give_the_same_outcome_at_every_split_and_never_throw()
    {
        var part = Gen.Elements("250", "-", " ", "\r\n", "\n", "\r", "5.1.1", "550", "a", "\0", "\u00ff");
        Prop.ForAll(part.ListOf().Select(string.Concat).ToArbitrary(), ArbMap.Default.ArbFor<int>(), (text, seed) =>
        {
            var octets = Encoding.Latin1.GetBytes(text);
            var whole = ReadAll([octets]);
            foreach (var cuts in new[] { Cut.BetweenAll(octets.Length), Cut.Randomly(new Random(seed), octets.Length, 8) })
            {
                var cut = ReadAll(Cut.Pieces(octets, cuts));
                Assert.Equal(whole.Status, cut.Status);
                Assert.Equal(whole.Replies, cut.Replies);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static byte[] Line(string start, int octets) =>
        Encoding.ASCII.GetBytes(start + new string('x', octets - start.Length - 2) + "\r\n");

    private static (ReplyStatus Status, List<SmtpReply> Replies) ReadAll(IEnumerable<byte[]> pieces)
    {
        var reader = new SmtpReplyReader();
        var replies = new List<SmtpReply>();
        var left = default(ReadOnlySequence<byte>);
        foreach (var piece in pieces)
        {
            left = Cut.Append(left, piece);
            ReplyStatus status;
            while ((status = reader.TryRead(ref left, out var reply)) == ReplyStatus.Reply)
            {
                replies.Add(reply!);
            }

            if (status == ReplyStatus.Malformed)
            {
                return (status, replies);
            }

            Assert.True(left.Length < SmtpLimits.PeerReplyLine);
        }

        return (ReplyStatus.NeedMore, replies);
    }
}
