using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Postfix;
using ThrottleNet.Protocol.Tests.Smtp;

namespace ThrottleNet.Protocol.Tests.Postfix;

public sealed class PolicyRequestTests
{
    // A request of Postfix 3.7, shortened. The value with = and the empty one are in the original.
    private const string Request = "request=smtpd_access_policy\nprotocol_state=RCPT\nhelo_name=some.domain.tld\nsender=foo=bar@bar.tld\nsasl_username=\nclient_address=2001:db8::1\n\n";

    [Fact]
    public void A_request_is_read_at_every_split_and_leaves_the_next_one()
    {
        var octets = Encoding.UTF8.GetBytes(Request);
        for (var cut = 1; cut < octets.Length; cut++)
        {
            var part = Cut.Sequence(octets[..cut]);
            Assert.Equal(PolicyStatus.NeedMore, PolicyRequest.TryRead(ref part, out var nothing));
            Assert.Equal(cut, part.Length);
            Assert.Null(nothing);

            var whole = Cut.Sequence([.. octets, .. "request="u8], cut);
            Assert.Equal(PolicyStatus.Request, PolicyRequest.TryRead(ref whole, out var request));
            Assert.Equal(("smtpd_access_policy", "foo=bar@bar.tld", "", "2001:db8::1"), (request!["request"], request["sender"], request["sasl_username"], request["client_address"]));
            Assert.Equal("", request["instance"]);
            Assert.Equal("request=", Encoding.UTF8.GetString(whole));
        }
    }

    [Theory]
    [InlineData("\n", "")]
    [InlineData("\n\n", "\n")]
    [InlineData("a\n\nrest", "rest")]
    [InlineData("=a\n\nrest", "rest")]
    [InlineData("a=1\nb\n\nrest", "rest")]
    [InlineData("a=1\na=2\n\nrest", "rest")]
    [InlineData("a=1\0\n\nrest", "rest")]
    public void A_malformed_request_is_consumed_to_its_end(string text, string rest)
    {
        var buffer = Cut.Sequence(Encoding.UTF8.GetBytes(text));
        Assert.Equal(PolicyStatus.Malformed, PolicyRequest.TryRead(ref buffer, out var request));
        Assert.Null(request);
        Assert.Equal(rest, Encoding.UTF8.GetString(buffer));
    }

    [Fact]
    public void The_caps_of_a_line_and_of_a_request_hold()
    {
        string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"a{i}=\n")) + "\n";
        Assert.Equal(PolicyStatus.Request, Read(Lines(PolicyRequest.MaxAttributes)));
        Assert.Equal(PolicyStatus.Malformed, Read(Lines(PolicyRequest.MaxAttributes + 1)));

        string Long(int octets) => "a=" + new string('x', octets - 4) + "\n\n";
        Assert.Equal(PolicyStatus.Request, Read(Long(PolicyRequest.MaxOctets)));
        Assert.Equal(PolicyStatus.TooLong, Read(Long(PolicyRequest.MaxOctets + 1)));
        Assert.Equal(PolicyStatus.TooLong, Read(new string('x', PolicyRequest.MaxOctets)));
        Assert.Equal(PolicyStatus.NeedMore, Read(new string('x', PolicyRequest.MaxOctets - 1)));
    }

    [Fact]
    public void Hostile_octets_never_throw_and_the_result_is_the_same_at_every_split()
    {
        var piece = Gen.Elements("\n", "\n\n", "=", "a=1\n", "client_address=", "\0", "é", "x").Select(Encoding.UTF8.GetBytes)
            .Or(ArbMap.Default.GeneratorFor<byte[]>());
        Prop.ForAll(piece.ListOf().Select(pieces => pieces.SelectMany(p => p).ToArray()).ToArbitrary(), ArbMap.Default.ArbFor<int>(), (octets, seed) =>
        {
            var whole = Cut.Sequence(octets);
            var cut = Cut.Sequence(octets, Cut.Randomly(new Random(seed), octets.Length, 4));
            Assert.Equal(PolicyRequest.TryRead(ref whole, out _), PolicyRequest.TryRead(ref cut, out _));
            Assert.Equal(whole.ToArray(), cut.ToArray());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    private static PolicyStatus Read(string text)
    {
        var buffer = Cut.Sequence(Encoding.UTF8.GetBytes(text));
        return PolicyRequest.TryRead(ref buffer, out _);
    }
}
