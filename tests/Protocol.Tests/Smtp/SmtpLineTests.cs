using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class SmtpLineTests
{
    private const int SmallCap = 6;

    [Theory]
    [InlineData("", LineStatus.NeedMore, "")]
    [InlineData("abcd", LineStatus.NeedMore, "abcd")]
    [InlineData("\r", LineStatus.NeedMore, "\r")]
    [InlineData("abcd\r", LineStatus.NeedMore, "abcd\r")]
    [InlineData("\r\nx", LineStatus.Line, "x")]
    [InlineData("abcd\r\nx", LineStatus.Line, "x")]
    [InlineData("abcde\r", LineStatus.TooLong, "\r")]
    [InlineData("abcde\r\nx", LineStatus.TooLong, "\r\nx")]
    [InlineData("abcdefgh", LineStatus.TooLong, "gh")]
    [InlineData("\nx", LineStatus.BareLineEnd, "x")]
    [InlineData("ab\nx", LineStatus.BareLineEnd, "x")]
    [InlineData("ab\rx", LineStatus.BareLineEnd, "x")]
    [InlineData("\r\r\nx", LineStatus.BareLineEnd, "\r\nx")]
    public void A_line_ends_with_CRLF_within_the_cap(string wire, LineStatus expected, string left)
    {
        var buffer = Cut.Sequence(Encoding.ASCII.GetBytes(wire));

        Assert.Equal(expected, SmtpLine.TryRead(ref buffer, SmallCap, out var line));
        Assert.Equal(left, Encoding.ASCII.GetString(buffer));
        Assert.Equal(expected == LineStatus.Line ? wire[..^3] : "", Encoding.ASCII.GetString(line));
    }

    [Fact]
    public void Lines_are_the_same_at_every_split()
    {
        var wire = "EHLO a\r\nMAIL FROM:<>\r\n\r\nmuch too long a line\r\nQUIT\r\nNOOP\n"u8.ToArray();
        string[] expected = ["EHLO a", "MAIL FROM:<>", "", "too long", "QUIT", "bare"];

        foreach (var cuts in Cut.Everywhere(wire.Length).Append(Cut.BetweenAll(wire.Length)))
        {
            Assert.Equal(expected, ReadAll(Cut.Pieces(wire, cuts), 16));
        }
    }

    [Fact]
    public void Hostile_octets_give_the_same_lines_at_random_splits_and_the_buffer_stays_within_the_cap()
    {
        var hostile = Gen.Elements((byte)'\r', (byte)'\n', (byte)'a', (byte)0, (byte)0xff).ArrayOf();
        Prop.ForAll(hostile.ToArbitrary(), ArbMap.Default.ArbFor<int>(), (octets, seed) =>
        {
            var whole = ReadAll([octets], SmallCap);
            return whole.SequenceEqual(ReadAll(Cut.Pieces(octets, Cut.Randomly(new Random(seed), octets.Length, 8)), SmallCap))
                && whole.SequenceEqual(ReadAll(Cut.Pieces(octets, Cut.BetweenAll(octets.Length)), SmallCap));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_rest_of_an_endless_line_is_discarded()
    {
        var buffer = Cut.Sequence(new byte[1000]);
        Assert.Equal(LineStatus.TooLong, SmtpLine.TryRead(ref buffer, SmtpLimits.BaseCommandLine, out _));

        Assert.False(SmtpLine.TrySkipRest(ref buffer));
        Assert.True(buffer.IsEmpty);

        buffer = Cut.Sequence("\n\r"u8.ToArray());
        Assert.False(SmtpLine.TrySkipRest(ref buffer));
        Assert.Equal(1, buffer.Length);

        buffer = Cut.Sequence("\r\nQUIT"u8.ToArray(), 1);
        Assert.True(SmtpLine.TrySkipRest(ref buffer));
        Assert.Equal("QUIT", Encoding.ASCII.GetString(buffer));
    }

    private static List<string> ReadAll(IEnumerable<byte[]> pieces, int cap)
    {
        var lines = new List<string>();
        var left = default(ReadOnlySequence<byte>);
        var skipping = false;
        foreach (var piece in pieces)
        {
            left = Cut.Append(left, piece);
            var status = LineStatus.Line;
            while (status != LineStatus.NeedMore)
            {
                if (skipping && !SmtpLine.TrySkipRest(ref left))
                {
                    break;
                }

                status = SmtpLine.TryRead(ref left, cap, out var line);
                skipping = status == LineStatus.TooLong;
                if (status != LineStatus.NeedMore)
                {
                    lines.Add(status switch
                    {
                        LineStatus.TooLong => "too long",
                        LineStatus.BareLineEnd => "bare",
                        _ => Encoding.Latin1.GetString(line),
                    });
                }
            }

            Assert.True(left.Length < cap, $"{left.Length} octets are held back");
        }

        return lines;
    }
}
