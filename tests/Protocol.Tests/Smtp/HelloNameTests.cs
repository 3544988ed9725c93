using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class HelloNameTests
{
    [Theory]
    [InlineData("mail.example.com")]
    [InlineData("mail.example.com.")]
    [InlineData("localhost")]
    [InlineData("MY_PC")]
    [InlineData("192.0.2.1")]
    [InlineData("[192.0.2.1]")]
    [InlineData("[IPv6:2001:db8::1]")]
    [InlineData("[IPv6:fe80::1%en0]")]
    [InlineData("-odd-")]
    public void What_real_clients_say_is_taken_as_it_is(string argument)
    {
        Assert.True(HelloName.TryParse(argument, out var name));
        Assert.Equal(argument, name);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData(".example")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("a@b")]
    [InlineData("a(b)")]
    [InlineData("bücher.example")]
    [InlineData("[]")]
    [InlineData("[")]
    [InlineData("[a b]")]
    [InlineData("[a\\b]")]
    [InlineData("[[a]]")]
    [InlineData("[192.0.2.1")]
    public void What_cannot_stand_in_a_header_is_not_taken(string argument) => Assert.False(HelloName.TryParse(argument, out _));

    [Fact]
    public void It_is_no_longer_than_a_domain()
    {
        Assert.True(HelloName.TryParse(new string('a', 255), out _));
        Assert.False(HelloName.TryParse(new string('a', 256), out _));
    }
}
