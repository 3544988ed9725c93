using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Authentication;

namespace ThrottleNet.Protocol.Tests.Authentication;

/// <summary>Authentication-Results fields that claim to be ours are found however they are written; fields of others are not.</summary>
public sealed class AuthservIdTests
{
    private static readonly string[] Ours = ["throttle-mx.test", "a.node.test"];

    // What some reader of the field skips, each in the middle of a name.
    private static readonly string[] Skipped =
    [
        "", "", "", " ", "\t", "\r\n ", "\v", "\f", "\0", "\u007f", "\u00e9", "\u200b", "\\", "\"", "\"\"", "(x)", "(a(b)c)", "(;)", "(\\))", "(\")", "(throttle-mx)", "<", ">", ",", ":", "/",
    ];

    [Theory]
    [InlineData(" throttle-mx.test; spf=pass")]
    [InlineData("throttle-mx.test 1; spf=pass")]
    [InlineData("throttle-mx.test/1; spf=pass")]
    [InlineData(" THROTTLE-MX.Test.; none")]
    [InlineData("throttle-mx.test")]
    [InlineData(" b.throttle-mx.test; spf=pass")]
    [InlineData(" A.NODE.test.; dkim=pass")]
    [InlineData("\r\n\tthrottle-mx.test\r\n ;spf=pass")]
    [InlineData(" (a (nested) \\) comment) throttle-mx.test(x); spf=pass")]
    [InlineData(" \"throttle-mx\\.test\"; spf=pass")]
    [InlineData("\r\n \"throttle-\r\n mx.test\"; spf=pass")]
    [InlineData(" throttle-mx . test; spf=pass")]
    [InlineData(" throttle-mx(x).test; spf=pass")]
    [InlineData(" throttle-mx. test; spf=pass")]
    [InlineData(" throttle\\-mx.test; spf=pass")]
    [InlineData(" throttle-mx.te\"s\"t; spf=pass")]
    [InlineData(" throttle-mx.test\v; spf=pass")]
    [InlineData("\fthrottle-mx.test; spf=pass")]
    [InlineData("\f throttle-mx.test; spf=pass")]
    [InlineData(" throttle-mx.test(;); spf=pass")]
    [InlineData(" throttle-mx.test\\; spf=pass")]
    [InlineData(" throttle-mx.test foo; spf=pass")]
    [InlineData(" throttle\"(\"-mx\")\".test; spf=pass")]
    [InlineData(" throttle-mx.\"(x)\"test; spf=pass")]
    [InlineData(" \"a\" throttle-mx.test; spf=pass")]
    [InlineData(" (not ended throttle-mx.test; spf=pass")]
    [InlineData(" \"not ended throttle-mx.test; spf=pass")]
    [InlineData(" ; throttle-mx.test; spf=pass")]
    [InlineData(" . ; throttle-mx.test; spf=pass")]
    [InlineData(" ; throttle-\r\n mx.test; spf=pass")]
    [InlineData(" ; throttle-mx(x).test; spf=pass")]
    [InlineData(" =?utf-8?q?throttle-mx.test?=; spf=pass")]
    [InlineData(" =?utf-8?b?dGhyb3R0bGUtbXgudGVzdA==?=; spf=pass")]
    [InlineData(" (=?utf-8?q?=29_throttle-mx.test;?=) mx.other.test; spf=pass")]
    public void A_claim_to_our_name_is_found(string value) => Assert.True(AuthservId.Claims(value, Ours));

    [Theory]
    [InlineData(" mx.other.test; spf=pass smtp.mailfrom=throttle-mx.test")]
    [InlineData(" mx.other.test (a comment); spf=pass (throttle-mx.test) smtp.mailfrom=throttle-mx.test")]
    [InlineData(" \"mx.other.test\" 1; spf=pass reason=\"throttle-mx.test\"")]
    [InlineData(" notthrottle-mx.test; spf=pass")]
    [InlineData(" throttle-mx.test.example.com; spf=pass")]
    [InlineData(" test; spf=pass")]
    [InlineData(" ; spf=pass")]
    [InlineData("")]
    [InlineData(" \"not ended")]
    public void Results_of_others_make_no_claim(string value) => Assert.False(AuthservId.Claims(value, Ours));

    [Fact]
    public void Nothing_that_a_reader_skips_hides_the_name() =>
        Prop.ForAll(Gen.Elements(Skipped).ArrayOf(Ours[0].Length + 1).ToArbitrary(), skipped =>
            AuthservId.Claims($"{string.Concat(Ours[0].Zip(skipped, (c, s) => s + c))}{skipped[^1]}; spf=pass", Ours)).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void Any_text_is_read_without_an_exception() =>
        Prop.ForAll<string>(text => !AuthservId.Claims("mx.other.test; " + text, Ours) && AuthservId.Claims($"throttle-mx.test {text}", Ours)).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_mix_of_marks_is_read_without_an_exception() =>
        Prop.ForAll(Gen.Elements("\\", "\"", "(", ")", ";", ".", "a", "=?").ListOf().ToArbitrary(), parts =>
            AuthservId.Claims(string.Concat(parts) + "throttle-mx.test", Ours) || parts.Contains(";") || parts.Contains("a")).QuickCheckThrowOnFailure();
}
