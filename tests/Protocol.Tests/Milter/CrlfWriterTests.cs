using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Milter;
using ThrottleNet.Protocol.Tests.Smtp;

namespace ThrottleNet.Protocol.Tests.Milter;

public sealed class CrlfWriterTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a\r\n")]
    [InlineData("a\r\nb\r\n", "a\r\nb\r\n")]
    [InlineData("a\nb\n", "a\r\nb\r\n")]
    [InlineData("a\rb\r", "a\r\nb\r\n")]
    [InlineData("\r\r\n\n", "\r\n\r\n\r\n")]
    [InlineData("a\n.\nb", "a\r\n.\r\nb\r\n")]
    public void Lines_end_with_CRLF_at_every_split(string body, string expected)
    {
        var octets = Encoding.ASCII.GetBytes(body);
        Assert.All(Cut.Everywhere(octets.Length), cuts => Assert.Equal(expected, Write(octets, cuts)));
    }

    [Fact]
    public void No_CR_or_LF_stands_alone()
    {
        var octets = Gen.Elements("a", "\r", "\n", "\r\n", ".").ListOf().Select(parts => Encoding.ASCII.GetBytes(string.Concat(parts)));
        Prop.ForAll(octets.ToArbitrary(), ArbMap.Default.ArbFor<int>(), (body, seed) =>
        {
            var written = Write(body, Cut.Randomly(new Random(seed), body.Length, 5));
            Assert.DoesNotContain("\r", written.Replace("\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.DoesNotContain("\n", written.Replace("\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
            Assert.True(written.Length == 0 || written.EndsWith("\r\n", StringComparison.Ordinal));
            Assert.Equal(Write(body, []), written);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static string Write(byte[] octets, int[] cuts)
    {
        var (writer, output) = (new CrlfWriter(), new ArrayBufferWriter<byte>());
        foreach (var piece in Cut.Pieces(octets, cuts))
        {
            writer.Write(piece, output);
        }

        writer.Finish(output);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }
}
