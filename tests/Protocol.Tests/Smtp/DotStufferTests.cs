using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class DotStufferTests
{
    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("\r\n", "\r\n.\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData(".", "..\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("a.\r\n.b\r\n..\r\n.c.\r\n", "a.\r\n..b\r\n...\r\n..c.\r\n.\r\n")]
    public void Dots_at_line_starts_are_doubled_at_every_split(string content, string wire)
    {
        var octets = Encoding.ASCII.GetBytes(content);
        foreach (var cuts in Cut.Everywhere(octets.Length).Append(Cut.BetweenAll(octets.Length)))
        {
            Assert.Equal(wire, Encoding.ASCII.GetString(Stuff(Cut.Pieces(octets, cuts))));
        }
    }

    [Fact]
    public void Stuffed_text_is_read_back_and_contains_no_end_of_data()
    {
        var line = Gen.Elements("", ".", "..", "...", "a", ".a", "a.", "\0", "\u00ff").ListOf().Select(string.Concat);
        var content = line.ListOf().Select(lines => Encoding.Latin1.GetBytes(string.Concat(lines.Select(l => l + "\r\n"))));
        Prop.ForAll(content.ToArbitrary(), ArbMap.Default.ArbFor<int>(), (octets, seed) =>
        {
            var wire = Stuff(Cut.Pieces(octets, Cut.Randomly(new Random(seed), octets.Length, 9)));
            var reader = new MessageTextReader(octets.Length);
            var output = new ArrayBufferWriter<byte>();
            var buffer = new ReadOnlySequence<byte>(wire);

            Assert.True(reader.Read(ref buffer, output));
            Assert.True(buffer.IsEmpty);
            Assert.Equal(TextFault.None, reader.Fault);
            Assert.Equal(octets, output.WrittenSpan.ToArray());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void Content_with_bare_line_ends_cannot_end_the_data_early()
    {
        var octet = Gen.Elements((byte)'\r', (byte)'\n', (byte)'.', (byte)'a');
        Prop.ForAll(octet.ArrayOf().ToArbitrary(), ArbMap.Default.ArbFor<int>(), (octets, seed) =>
        {
            byte[] wire = [.. "\r\n"u8, .. Stuff(Cut.Pieces(octets, Cut.Randomly(new Random(seed), octets.Length, 9)))];
            return wire.AsSpan().IndexOf("\r\n.\r\n"u8) == wire.Length - 5;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static byte[] Stuff(IEnumerable<byte[]> pieces)
    {
        var stuffer = new DotStuffer();
        var output = new ArrayBufferWriter<byte>();
        foreach (var piece in pieces)
        {
            stuffer.Write(piece, output);
        }

        stuffer.Finish(output);
        return output.WrittenSpan.ToArray();
    }
}
