using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Authentication;

namespace ThrottleNet.Protocol.Tests.Authentication;

/// <summary>Authentication-Results fields that claim to be ours are found however they are written; fields of others are not.</summary>
public sealed class AuthservIdTests
{
    private static readonly string[] Ours = ["throttle-mx.test", "a.node.test"];

    [Theory]
    [InlineData(" throttle-mx.test; spf=pass", "throttle-mx.test")]
    [InlineData("throttle-mx.test 1; spf=pass", "throttle-mx.test")]
    [InlineData("throttle-mx.test/1; spf=pass", "throttle-mx.test")]
    [InlineData(" THROTTLE-MX.Test.; none", "throttle-mx.test")]
    [InlineData("\r\n\tthrottle-mx.test\r\n ;spf=pass", "throttle-mx.test")]
    [InlineData(" (a (nested) \\) comment) throttle-mx.test(x); spf=pass", "throttle-mx.test")]
    [InlineData(" \"throttle-mx\\.test\"; spf=pass", "throttle-mx.test")]
    [InlineData(" mx.other.test; spf=pass smtp.mailfrom=throttle-mx.test", "mx.other.test")]
    [InlineData(" (throttle-mx.test) mx.other.test; spf=pass", "mx.other.test")]
    [InlineData("", null)]
    [InlineData(" (not ended throttle-mx.test; spf=pass", null)]
    [InlineData(" \"not ended", null)]
    [InlineData(" ; spf=pass", null)]
    public void The_identifier_is_read_as_its_grammar_allows_it(string value, string? id) => Assert.Equal(id, AuthservId.Read(value));

    [Theory]
    [InlineData(" throttle-mx.test; spf=pass")]
    [InlineData(" b.throttle-mx.test; spf=pass")]
    [InlineData(" A.NODE.test.; dkim=pass")]
    [InlineData("\r\n \"throttle-\r\n mx.test\"; spf=pass")]
    [InlineData(" (not ended throttle-mx.test; spf=pass")]
    [InlineData(" ; throttle-mx.test; spf=pass")]
    [InlineData(" ; throttle-\r\n mx.test; spf=pass")]
    [InlineData(" =?utf-8?q?throttle-mx.test?=; spf=pass")]
    [InlineData(" =?utf-8?b?dGhyb3R0bGUtbXgudGVzdA==?=; spf=pass")]
    public void A_claim_to_our_name_is_found(string value) => Assert.True(AuthservId.Claims(value, Ours));

    [Theory]
    [InlineData(" mx.other.test; spf=pass smtp.mailfrom=throttle-mx.test")]
    [InlineData(" notthrottle-mx.test; spf=pass")]
    [InlineData(" throttle-mx.test.example.com; spf=pass")]
    [InlineData(" test; spf=pass")]
    [InlineData(" ; spf=pass")]
    public void Results_of_others_make_no_claim(string value) => Assert.False(AuthservId.Claims(value, Ours));

    [Fact]
    public void Comments_and_folds_before_the_name_hide_nothing() =>
        Prop.ForAll(Gen.Elements(" ", "\t", "\r\n ", "(x)", "(a(b)c)", "(\\()", "(throttle-mx)").ListOf().ToArbitrary(), parts =>
            AuthservId.Claims($"{string.Concat(parts)}throttle-mx.test; spf=pass", Ours)).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_is_read_without_an_exception() =>
        Prop.ForAll<string>(text => AuthservId.Read(text ?? "") != "" && !AuthservId.Claims("mx.other.test; " + text, Ours)).QuickCheckThrowOnFailure();
}
