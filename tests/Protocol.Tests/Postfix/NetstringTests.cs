using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Postfix;
using ThrottleNet.Protocol.Tests.Smtp;

namespace ThrottleNet.Protocol.Tests.Postfix;

public sealed class NetstringTests
{
    private const int CapForTests = 100;

    [Theory]
    [InlineData("0:,", "")]
    [InlineData("12:hello world!,", "hello world!")]
    [InlineData("3:1:,,", "1:,")]
    public void A_netstring_is_read_at_every_split_and_the_rest_is_left(string text, string content)
    {
        var octets = Encoding.ASCII.GetBytes(text);
        for (var cut = 1; cut < octets.Length; cut++)
        {
            var part = Cut.Sequence(octets[..cut]);
            Assert.Equal(NetstringStatus.NeedMore, Netstring.TryRead(ref part, CapForTests, out _));
            Assert.Equal(cut, part.Length);

            var whole = Cut.Sequence([.. octets, .. "7:"u8], cut);
            Assert.Equal(NetstringStatus.Read, Netstring.TryRead(ref whole, CapForTests, out var read));
            Assert.Equal((content, "7:"), (Encoding.ASCII.GetString(read), Encoding.ASCII.GetString(whole)));
        }
    }

    [Theory]
    [InlineData(":,")]
    [InlineData("00:,")]
    [InlineData("01:a,")]
    [InlineData("-1:a,")]
    [InlineData(" 1:a,")]
    [InlineData("1 :a,")]
    [InlineData("1:ab")]
    [InlineData("1:a;")]
    [InlineData("101:")]
    [InlineData("9999999999999999999999:")]
    [InlineData("a")]
    public void A_malformed_netstring_is_not_consumed(string text)
    {
        var buffer = Cut.Sequence(Encoding.ASCII.GetBytes(text), 1);
        Assert.Equal(NetstringStatus.Malformed, Netstring.TryRead(ref buffer, CapForTests, out _));
        Assert.Equal(text.Length, buffer.Length);
    }

    [Fact]
    public void A_netstring_is_read_back_as_it_was_written()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
        {
            var utf8 = Encoding.UTF8.GetBytes(text.Get);
            var output = new ArrayBufferWriter<byte>();
            Netstring.Write(output, text.Get);
            var buffer = new ReadOnlySequence<byte>(output.WrittenMemory);
            Assert.Equal(NetstringStatus.Read, Netstring.TryRead(ref buffer, utf8.Length, out var content));
            Assert.Equal(utf8, content.ToArray());
            Assert.True(buffer.IsEmpty);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Hostile_octets_never_throw_and_are_refused_at_the_cap()
    {
        var piece = Gen.Elements("0", "1", "99", "100", ":", ",", "a").Select(Encoding.ASCII.GetBytes).Or(ArbMap.Default.GeneratorFor<byte[]>());
        Prop.ForAll(piece.ListOf().Select(pieces => pieces.SelectMany(p => p).ToArray()).ToArbitrary(), ArbMap.Default.ArbFor<int>(), (octets, seed) =>
        {
            var whole = Cut.Sequence(octets);
            var cut = Cut.Sequence(octets, Cut.Randomly(new Random(seed), octets.Length, 4));
            var status = Netstring.TryRead(ref whole, CapForTests, out _);
            Assert.Equal(status, Netstring.TryRead(ref cut, CapForTests, out _));
            Assert.Equal(whole.ToArray(), cut.ToArray());
            Assert.True(status != NetstringStatus.NeedMore || octets.Length <= CapForTests + 4);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }
}
