using System.Text;
using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.Protocol.Tests.MtaSts;

/// <summary>Policies of MTA-STS (RFC 8461, section 3.2), honest and hostile.</summary>
public sealed class MtaStsPolicyTests
{
    private const string Good = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n";

    [Fact]
    public void A_policy_is_read_whatever_its_line_ends_and_order()
    {
        var expected = new MtaStsPolicy(MtaStsMode.Enforce, ["mail.example.com", "*.example.net"], TimeSpan.FromDays(7));
        Assert.Equal(expected, Read(Good));
        Assert.Equal(expected, Read(Good.Replace("\r\n", "\n", StringComparison.Ordinal)));
        Assert.Equal(expected, Read(Good.TrimEnd()));
        Assert.Equal(expected, Read("max_age:604800\nmx:\tMAIL.example.com \nmode : enforce\nmx: *.EXAMPLE.net\nversion:STSv1\nfuture: yes: no\nno field\n\n"));
        Assert.Equal(expected, Read(expected.ToString()));
    }

    [Fact]
    public void Of_repeated_fields_only_mx_counts_more_than_once()
    {
        var policy = Read(Good + "mode: none\nmax_age: 1\nversion: STSv2\n");
        Assert.Equal((MtaStsMode.Enforce, TimeSpan.FromDays(7)), (policy!.Mode, policy.MaxAge));
    }

    [Theory]
    [InlineData("mode: enforce\nmx: a.test\nmax_age: 1", "its version is not STSv1")]
    [InlineData("version: STSv1\nmx: a.test\nmax_age: 1", "its mode is none of enforce, testing, none")]
    [InlineData("version: STSv1\nmode: Enforce\nmx: a.test\nmax_age: 1", "its mode is none of enforce, testing, none")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.test", "its max_age is not a number of seconds")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.test\nmax_age: -1", "its max_age is not a number of seconds")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.test\nmax_age: 99999999999", "its max_age is not a number of seconds")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1", "it has no mx")]
    [InlineData("version: STSv1\nmode: enforce\nmx:\nmax_age: 1", "its mx \"\" is not a host name")]
    [InlineData("version: STSv1\nmode: enforce\nmx: *\nmax_age: 1", "its mx \"*\" is not a host name")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.*.test\nmax_age: 1", "its mx \"a.*.test\" is not a host name")]
    [InlineData("version: STSv1\nmode: enforce\nmx: mail.a.test.\nmax_age: 1", "its mx \"mail.a.test.\" is not a host name")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a\"b \0.test\nmax_age: 1", "its mx \"a?b??.test\" is not a host name")]
    [InlineData("<html>404</html>", "its version is not STSv1")]
    [InlineData("", "its version is not STSv1")]
    public void An_invalid_policy_is_none_and_says_why(string text, string fault)
    {
        Assert.Null(MtaStsPolicy.Read(Encoding.UTF8.GetBytes(text), out var said));
        Assert.Equal(fault, said);
    }

    [Fact]
    public void Length_number_of_names_and_age_are_bounded()
    {
        Assert.Null(MtaStsPolicy.Read(new byte[MtaStsPolicy.MaxLength + 1], out var tooLong));
        Assert.Equal("it is longer than 65536 octets", tooLong);
        var many = string.Concat(Enumerable.Range(0, MtaStsPolicy.MaxPatterns).Select(i => $"mx: m{i}.test\n"));
        Assert.Null(MtaStsPolicy.Read(Encoding.ASCII.GetBytes(Good + many), out var tooMany));
        Assert.Equal("it has more than 256 mx", tooMany);
        var label = new string('a', 60);
        var large = string.Concat(Enumerable.Range(0, 50).Select(i => $"mx: m{i:D2}.{label}.{label}.{label}.test\n"));
        Assert.Null(MtaStsPolicy.Read(Encoding.ASCII.GetBytes(Good + large), out var tooLarge));
        Assert.Equal("its mx have more than 8192 characters together", tooLarge);
        Assert.Equal(MtaStsPolicy.LongestAge, Read(Good.Replace("604800", "9999999999", StringComparison.Ordinal))!.MaxAge);
    }

    [Fact]
    public void Any_octets_are_read_without_an_exception()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var i = 0; i < 2000; i++)
        {
            var octets = Encoding.ASCII.GetBytes(Good);
            for (var changes = random.Next(8); changes >= 0; changes--)
            {
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            }

            var policy = MtaStsPolicy.Read(octets.AsSpan(0, random.Next(octets.Length + 1)), out var fault);
            Assert.True(policy is null != fault is null, $"seed {seed}");
            Assert.True(policy is null || Read(policy.ToString()) == policy, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("mail.example.com", true)]
    [InlineData("a.example.net", true)]
    [InlineData("a.b.example.net", false)]
    [InlineData("example.net", false)]
    [InlineData("aexample.net", false)]
    [InlineData(".example.net", false)]
    [InlineData("other.example.com", false)]
    [InlineData("mail.example.com.evil.test", false)]
    [InlineData("*.example.net", true)]
    [InlineData("com", false)]
    public void A_wildcard_stands_for_one_label(string host, bool listed) => Assert.Equal(listed, Read(Good)!.Lists(host));

    [Fact]
    public void Mode_none_needs_no_mx() => Assert.Equal(MtaStsMode.None, Read("version: STSv1\nmode: none\nmax_age: 86400\n")!.Mode);

    private static MtaStsPolicy? Read(string text) => MtaStsPolicy.Read(Encoding.UTF8.GetBytes(text), out _);
}
