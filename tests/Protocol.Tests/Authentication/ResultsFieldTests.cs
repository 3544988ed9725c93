using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Authentication;

namespace ThrottleNet.Protocol.Tests.Authentication;

public sealed class ResultsFieldTests
{
    [Fact]
    public void A_field_names_the_service_then_each_method_on_a_line_of_its_own()
    {
        var value = ResultsField.Format("throttle-mx.test",
        [
            new MethodResult("spf", "pass") { Properties = [("smtp.mailfrom", "alice.test")] },
            new MethodResult("dkim", "fail") { Reason = "key revoked", Properties = [("header.d", "alice.test"), ("header.b", "a+b/c=de")] },
        ]);

        Assert.Equal("throttle-mx.test;\r\n\tspf=pass smtp.mailfrom=alice.test;\r\n\tdkim=fail reason=\"key revoked\" header.d=alice.test header.b=\"a+b/c=de\"", value);
    }

    [Fact]
    public void Without_a_result_the_field_says_none() => Assert.Equal("throttle-mx.test; none", ResultsField.Format("throttle-mx.test", []));

    [Fact]
    public void No_line_is_longer_than_RFC_5322_allows_whatever_a_signature_says()
    {
        var hostile = new string('\\', 255);

        var value = ResultsField.Format(hostile, [new MethodResult("dkim", "fail") { Reason = hostile, Properties = [("header.d", hostile), ("header.s", hostile), ("header.a", hostile), ("header.b", "abc")] }]);

        Assert.All($"{ResultsField.Name}: {value}".Split("\r\n"), line => Assert.InRange(line.Length, 1, 998));
        Assert.All(value.Split("\r\n").Skip(1), line => Assert.StartsWith("\t", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_line_of_properties_is_folded_before_78_octets()
    {
        var value = ResultsField.Format("a.test", [new MethodResult("dkim", "pass") { Properties = [("header.d", new string('d', 30)), ("header.s", new string('s', 19)), ("header.a", "rsa-sha256"), ("header.b", "abc")] }]);

        Assert.Equal($"a.test;\r\n\tdkim=pass header.d={new string('d', 30)}\r\n\theader.s={new string('s', 19)} header.a=rsa-sha256 header.b=abc", value);
        Assert.All(value.Split("\r\n"), line => Assert.InRange(line.Length, 1, 78));
    }

    [Theory]
    [InlineData("a.test", "a.test")]
    [InlineData("", "\"\"")]
    [InlineData("[192.0.2.1]", "\"[192.0.2.1]\"")]
    [InlineData("a b", "\"a b\"")]
    [InlineData("a;b=pass", "\"a;b=pass\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("a\r\nX: y", "\"a??X: y\"")]
    [InlineData("bücher.test", "\"b?cher.test\"")]
    public void A_value_that_is_no_token_is_quoted(string value, string written) =>
        Assert.Equal($"a.test;\r\n\tspf=none smtp.helo={written}", ResultsField.Format("a.test", [new MethodResult("spf", "none") { Properties = [("smtp.helo", value)] }]));

    [Fact]
    public void Whatever_a_sender_chooses_its_value_stays_one_line_of_ASCII_and_bounded() =>
        Prop.ForAll<string>(text =>
        {
            var value = ResultsField.Format("a.test", [new MethodResult("spf", "none") { Properties = [("smtp.helo", text ?? "")] }]);
            var line = value["a.test;\r\n\t".Length..].Replace("\r\n\t", " ", StringComparison.Ordinal);
            return line.All(c => c is >= ' ' and <= '~') && line.Length < 600;
        }).QuickCheckThrowOnFailure();
}
