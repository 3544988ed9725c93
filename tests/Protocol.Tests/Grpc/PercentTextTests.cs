using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Grpc;

namespace ThrottleNet.Protocol.Tests.Grpc;

public sealed class PercentTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain text ~!", "plain text ~!")]
    [InlineData("100%", "100%25")]
    [InlineData("a\r\nb\t", "a%0D%0Ab%09")]
    [InlineData("é漢😀", "%C3%A9%E6%BC%A2%F0%9F%98%80")]
    [InlineData("\u007f\u0080", "%7F%C2%80")]
    public void Text_has_one_encoding(string text, string encoded)
    {
        Assert.Equal(encoded, PercentText.Encode(text));
        Assert.Equal(text, PercentText.Decode(encoded));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz%41", "%zzA")]
    [InlineData("%%41", "%A")]
    [InlineData("%c3%a9", "é")]
    [InlineData("%FF", "\uFFFD")]
    [InlineData("é", "é")]
    public void What_is_badly_encoded_is_taken_as_it_is(string encoded, string text) => Assert.Equal(text, PercentText.Decode(encoded));

    [Fact]
    public void Any_text_survives_and_travels_as_printable_ascii() => Prop.ForAll<NonNull<string>>(text =>
    {
        var wellFormed = new string([.. text.Get.EnumerateRunes().SelectMany(rune => rune.ToString())]);
        var encoded = PercentText.Encode(wellFormed);
        return encoded.All(c => c is >= ' ' and <= '~') && PercentText.Decode(encoded) == wellFormed;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Decoding_never_fails() =>
        Prop.ForAll<NonNull<string>>(text => PercentText.Decode("%" + text.Get) is not null).QuickCheckThrowOnFailure();
}
