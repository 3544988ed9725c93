using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class MessageTextReaderTests
{
    private const long Plenty = 1_000_000;

    [Theory]
    [InlineData(".\r\n", "")]
    [InlineData("\r\n.\r\n", "\r\n")]
    [InlineData("a\r\n.\r\n", "a\r\n")]
    [InlineData("..\r\n.\r\n", ".\r\n")]
    [InlineData("...\r\n.\r\n", "..\r\n")]
    [InlineData(".a\r\n.\r\n", "a\r\n")]
    [InlineData("Subject: x\r\n\r\n..dot\r\nnot . dot.\r\n\0\u007f\r\n.\r\n", "Subject: x\r\n\r\n.dot\r\nnot . dot.\r\n\0\u007f\r\n")]
    public void Dot_stuffing_is_removed_at_every_split(string wire, string content)
    {
        var octets = Encoding.Latin1.GetBytes(wire + "QUIT\r\n");
        foreach (var cuts in Cut.Everywhere(octets.Length).Append(Cut.BetweenAll(octets.Length)))
        {
            var result = Read(Cut.Pieces(octets, cuts), Plenty);

            Assert.True(result.Ended);
            Assert.Equal(TextFault.None, result.Reader.Fault);
            Assert.Equal(content, Encoding.Latin1.GetString(result.Content));
            Assert.Equal(content.Length, result.Reader.Size);
            Assert.Equal("QUIT\r\n", Encoding.Latin1.GetString(result.Left));
        }
    }

    [Theory]
    [InlineData("a\n.\r\nb", TextFault.BareLf)]
    [InlineData("a\n.\nb", TextFault.BareLf)]
    [InlineData("a\r\n.\nb", TextFault.BareLf)]
    [InlineData("a\r\n.\rb", TextFault.BareCr)]
    [InlineData("a\r.\rb", TextFault.BareCr)]
    [InlineData("a\r.\r\nb", TextFault.BareCr)]
    [InlineData("a\n\n.\r\nb", TextFault.BareLf)]
    [InlineData("a\r\r\nb", TextFault.BareCr)]
    [InlineData("a\n\r.\n\rb", TextFault.BareLf)]
    [InlineData("a\r\0\n.\r\0\nb", TextFault.BareCr)]
    [InlineData("a\n", TextFault.BareLf)]
    [InlineData("\n.\r\nb", TextFault.BareLf)]
    [InlineData(".\nb", TextFault.BareLf)]
    [InlineData(".\r\r\nb", TextFault.BareCr)]
    [InlineData("a\r\n.\r\r\nb", TextFault.BareCr)]
    [InlineData("\r.\r\nb", TextFault.BareCr)]
    public void A_malformed_end_of_data_does_not_end_the_text_and_is_never_sent(string smuggled, TextFault fault)
    {
        var octets = Encoding.Latin1.GetBytes(smuggled + "\r\nMAIL FROM:<evil@example.com>\r\n.\r\nQUIT\r\n");
        foreach (var cuts in Cut.Everywhere(octets.Length).Append(Cut.BetweenAll(octets.Length)))
        {
            var refused = Read(Cut.Pieces(octets, cuts), Plenty, BareLineEnds.Refuse);
            Assert.True(refused.Ended);
            Assert.Equal(fault, refused.Reader.Fault);
            Assert.Equal("QUIT\r\n", Encoding.Latin1.GetString(refused.Left));

            var normalised = Read(Cut.Pieces(octets, cuts), Plenty);
            Assert.True(normalised.Ended);
            Assert.Equal(TextFault.None, normalised.Reader.Fault);
            Assert.Equal("QUIT\r\n", Encoding.Latin1.GetString(normalised.Left));
            AssertOneMessage(normalised.Content);
        }
    }

    [Theory]
    [InlineData("one\ntwo\n\nthree\n", "one\r\ntwo\r\n\r\nthree\r\n")]
    [InlineData("one\r\r\ntwo\r\r\n\r\r\nthree", "one\r\ntwo\r\n\r\nthree\r\n")]
    [InlineData("one\rtwo\r\rthree", "one\r\ntwo\r\nthree\r\n")]
    [InlineData("one\n..two\n.three\n.\nfour", "one\r\n.two\r\nthree\r\n\r\nfour\r\n")]
    [InlineData("one\r.two\r..three", "one\r\n.two\r\n..three\r\n")]
    [InlineData("\n\r\n\r", "\r\n\r\n\r\n")]
    public void Bare_line_ends_become_CRLF(string wire, string content)
    {
        var octets = Encoding.Latin1.GetBytes(wire + "\r\n.\r\n");
        foreach (var cuts in Cut.Everywhere(octets.Length).Append(Cut.BetweenAll(octets.Length)))
        {
            var result = Read(Cut.Pieces(octets, cuts), Plenty);
            Assert.Equal(content.EndsWith("\r\n", StringComparison.Ordinal) && wire.EndsWith('\n') ? content + "\r\n" : content, Encoding.Latin1.GetString(result.Content));
        }
    }

    [Theory]
    [InlineData("Subject: hi\r\n\r\nhello\r\n", false, false)]
    [InlineData("Subject: hi\r\n\r\nhell\u00f6\r\n", true, false)]
    [InlineData("Subject: h\u00ef\r\n\r\nhello\r\n", true, true)]
    [InlineData("Subject: hi\n\nhell\u00f6\n", true, false)]
    [InlineData("Subject: hi\r\n.\u00f6\r\n", true, true)]
    [InlineData("Subject: hi\r\r\n\r\r\n\u00f6\r\n", true, false)]
    public void Octets_over_127_in_header_and_body_are_noted(string content, bool eightBit, bool inHeader)
    {
        var octets = Encoding.Latin1.GetBytes(content + ".\r\n");
        foreach (var cuts in Cut.Everywhere(octets.Length).Append(Cut.BetweenAll(octets.Length)))
        {
            var reader = Read(Cut.Pieces(octets, cuts), Plenty).Reader;
            Assert.Equal((eightBit, inHeader), (reader.IsEightBit, reader.IsHeaderEightBit));
        }
    }

    [Theory]
    [InlineData("a\r\n.\r\n.b\r\n", "a\r\n.\r\n.b\r\n")]
    [InlineData(".\r\n", ".\r\n")]
    [InlineData("a\n.\nb\r", "a\r\n.\r\nb\r\n")]
    [InlineData("a\r\nno end", "a\r\nno end")]
    [InlineData("", "")]
    public void In_BDAT_chunks_dots_are_content_and_there_is_no_end_of_data(string chunks, string content)
    {
        var octets = Encoding.Latin1.GetBytes(chunks);
        foreach (var cuts in Cut.Everywhere(octets.Length).Append(Cut.BetweenAll(octets.Length)))
        {
            var reader = new MessageTextReader(Plenty, isDotStuffed: false);
            var output = new ArrayBufferWriter<byte>();
            foreach (var piece in Cut.Pieces(octets, cuts))
            {
                var buffer = Cut.Sequence([piece]);
                Assert.False(reader.Read(ref buffer, output));
                Assert.True(buffer.IsEmpty);
            }

            reader.FinishChunks(output);
            Assert.Equal(content, Encoding.Latin1.GetString(output.WrittenSpan));
            Assert.Equal(content.Length, reader.Size);
        }
    }

    [Fact]
    public void Every_short_text_of_line_ends_and_dots_is_read_like_the_reference()
    {
        byte[] alphabet = [(byte)'\r', (byte)'\n', (byte)'.', (byte)'a'];
        for (var length = 0; length <= 8; length++)
        {
            var octets = new byte[length];
            for (var number = 0; number < 1 << (2 * length); number++)
            {
                for (var i = 0; i < length; i++)
                {
                    octets[i] = alphabet[(number >> (2 * i)) & 3];
                }

                AssertAgrees(octets, [], Plenty);
                AssertAgrees(octets, Cut.BetweenAll(length), Plenty);
            }
        }
    }

    [Fact]
    public void Hostile_texts_are_read_like_the_reference_at_random_splits()
    {
        var octet = Gen.Frequency(
            (3, Gen.Constant("\r\n")), (2, Gen.Constant(".")), (1, Gen.Elements("\r", "\n", "\0")), (4, Gen.Elements("a", "bc", "\u00ff")));
        var text = octet.ListOf().Select(parts => Encoding.Latin1.GetBytes(string.Concat(parts) + "\r\n.\r\nQUIT\r\n"));
        Prop.ForAll(text.ToArbitrary(), Gen.Choose(0, 60).ToArbitrary(), ArbMap.Default.ArbFor<int>(), (octets, maxSize, seed) =>
        {
            AssertAgrees(octets, Cut.Randomly(new Random(seed), octets.Length, 9), maxSize);
            AssertAgrees(octets, Cut.Randomly(new Random(seed), octets.Length, 9), Plenty);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Theory]
    [InlineData(999)]
    [InlineData(20_000)]
    [InlineData(1_000_000)]
    public void A_line_may_have_any_length(int length)
    {
        var octets = Encoding.ASCII.GetBytes($"ok\r\n{new string('x', length)}\r\nok\r\n.\r\n");
        var result = Read(Cut.Pieces(octets, Cut.Randomly(new Random(length), octets.Length, 20)), 2 * Plenty);
        Assert.True(result.Ended);
        Assert.Equal(TextFault.None, result.Reader.Fault);
        Assert.True(octets.AsSpan()[..^3].SequenceEqual(result.Content));
    }

    [Theory]
    [InlineData(8, TextFault.None)]
    [InlineData(7, TextFault.TooBig)]
    [InlineData(0, TextFault.TooBig)]
    public void The_size_limit_applies_to_content_without_stuffing(long maxSize, TextFault fault)
    {
        var octets = "..a\r\nbb\r\n.\r\n"u8.ToArray();
        foreach (var cuts in Cut.Everywhere(octets.Length).Append(Cut.BetweenAll(octets.Length)))
        {
            var result = Read(Cut.Pieces(octets, cuts), maxSize);

            Assert.True(result.Ended);
            Assert.Equal(fault, result.Reader.Fault);
            Assert.Equal(8, result.Reader.Size);
            Assert.True(result.Content.Length <= maxSize);
        }
    }

    [Fact]
    public void Content_over_the_size_limit_is_discarded()
    {
        var reader = new MessageTextReader(10_000);
        var output = new ArrayBufferWriter<byte>();
        var piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("all work and no play\r\n", 1000)));
        for (var i = 0; i < 100; i++)
        {
            var buffer = new ReadOnlySequence<byte>(piece);
            Assert.False(reader.Read(ref buffer, output));
            Assert.True(buffer.IsEmpty);
        }

        Assert.Equal(100L * piece.Length, reader.Size);
        Assert.Equal(TextFault.TooBig, reader.Fault);
        Assert.True(output.WrittenCount <= 10_000);
    }

    [Fact]
    public void Reading_a_piece_allocates_nothing()
    {
        var reader = new MessageTextReader(long.MaxValue);
        var output = new ArrayBufferWriter<byte>(1 << 20);
        var piece = Encoding.ASCII.GetBytes("one\r\n..two\r\nthree\r");
        var rest = Encoding.ASCII.GetBytes("\nfour\r\n");
        Feed(10);
        output.ResetWrittenCount();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Feed(10_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Feed(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var buffer = new ReadOnlySequence<byte>(piece);
                reader.Read(ref buffer, output);
                buffer = new ReadOnlySequence<byte>(rest);
                reader.Read(ref buffer, output);
            }
        }
    }

    private static void AssertAgrees(byte[] octets, int[] cuts, long maxSize)
    {
        var expected = MessageTextReference.Read(octets, maxSize);
        var result = Read(Cut.Pieces(octets, cuts), maxSize);
        var shown = $"{Convert.ToHexString(octets)} cut at {string.Join(',', cuts)}, at most {maxSize}";

        Assert.True(result.Content.Length <= maxSize, shown);
        Assert.True((expected is not null) == result.Ended, shown);
        if (expected is not null)
        {
            Assert.True(expected.Fault == result.Reader.Fault, shown);
            Assert.True(expected.Content.Length == result.Reader.Size, shown);
            Assert.True(octets.Length - expected.Consumed == result.Left.Length, shown);
            Assert.True(expected.Fault != TextFault.None || expected.Content.SequenceEqual(result.Content), shown);
            AssertOneMessage(result.Content);
            Assert.True(expected.RefusedFault == Read(Cut.Pieces(octets, cuts), maxSize, BareLineEnds.Refuse).Reader.Fault, shown);
        }
    }

    // As it is sent: exactly one end of data, at the end, in any server's interpretation, and no bare CR or LF.
    private static void AssertOneMessage(byte[] content)
    {
        var output = new ArrayBufferWriter<byte>();
        var stuffer = new DotStuffer();
        stuffer.Write(content, output);
        stuffer.Finish(output);
        var wire = Encoding.Latin1.GetString(output.WrittenSpan);
        Assert.Matches(@"\A(?:(?!\.\r)[^\r\n]*\r\n)*\.\r\n\z", wire);
    }

    private static (bool Ended, MessageTextReader Reader, byte[] Content, byte[] Left) Read(
        IEnumerable<byte[]> pieces, long maxSize, BareLineEnds bare = BareLineEnds.Normalise)
    {
        var reader = new MessageTextReader(maxSize, bare);
        var output = new ArrayBufferWriter<byte>();
        var ended = false;
        var left = new List<byte>();
        foreach (var piece in pieces)
        {
            if (ended)
            {
                left.AddRange(piece);
                continue;
            }

            // Two segments at once, so that splits within and between buffers occur.
            var buffer = Cut.Sequence(piece, piece.Length > 1 ? [piece.Length / 2] : []);
            ended = reader.Read(ref buffer, output);
            left.AddRange(buffer.ToArray());
            Assert.True(ended || buffer.IsEmpty);
        }

        return (ended, reader, output.WrittenSpan.ToArray(), [.. left]);
    }
}
